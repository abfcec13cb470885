// de.ts — the set-up of a new box and its network, as the TV says it, in German.
import type { SetupText } from './en.ts'

export const setupDe: SetupText = {
  welcome: 'Hallo. Richten wir dieses Gerät ein.',
  looking: 'Es wird ein Netz gesucht …',
  lookingHint: 'Ein Netzwerkkabel genügt. Ist keines da, hilft das Gerät gleich mit dem WLAN.',
  opening: 'Das eigene WLAN des Geräts kommt …',
  pointScan: '1. Mit der Kamera des Telefons scannen und dem WLAN beitreten.',
  pointOr: 'Oder von Hand auswählen:',
  network: 'WLAN',
  password: 'Passwort',
  bluetooth: {
    press: 'Oder über Bluetooth, mit Home Assistant oder einer anderen App für Improv: erst hier OK drücken.',
    open: 'Drei Minuten offen für Bluetooth: dieses Gerät in der App auswählen.',
    here: 'Das ist das Gerät, das Sie suchen.',
  },
  pageScan: '2. Die Seite öffnet sich von selbst. Wenn nicht, das hier scannen:',
  pageHint: 'Dort das eigene WLAN auswählen und sein Passwort eingeben.',
  trying: (ssid) => `Das Gerät versucht, ${ssid} beizutreten …`,
  tryingHint: 'So lange ist sein eigenes WLAN weg. Klappt es nicht, kommt es wieder und sagt, warum.',
  joined: (ssid) => `Das Gerät ist jetzt in ${ssid}.`,
  internet: {
    yes: 'Das Internet ist da.',
    no: 'Das Internet antwortet nicht. Anrufe zu Hause gehen trotzdem.',
    portal: 'Dieses Netz will erst eine Anmeldung auf einer Seite; das kann das Gerät nicht. Anrufe zu Hause gehen trotzdem.',
  },
  again: 'Es gibt noch kein Netz.',
  againHint: 'OK oder der Knopf am Gerät zeigt sein eigenes WLAN wieder; oder ein Netzwerkkabel einstecken.',
  cable: 'Bitte ein Netzwerkkabel einstecken.',
  cableHint: 'Das WLAN dieses Geräts ist nicht zu gebrauchen. Für Anrufe braucht es ein Kabel.',
  pair: 'Jetzt ein Telefon mit dem Gerät koppeln.',
  pairHint: 'OK oder den Knopf am Gerät drücken. ZURÜCK lässt es für später.',
  later: 'ZURÜCK lässt es für später. Im Menü steht es unter „Netz“.',
  left: (secondsLeft) => {
    const [minutes, rest] = [Math.floor(secondsLeft / 60), secondsLeft % 60]
    return `Noch ${minutes}:${String(rest).padStart(2, '0')} offen`
  },
  why: (ssid, why) => {
    switch (why) {
      case 'password':
        return `${ssid}: Das Passwort war nicht richtig. Bitte noch einmal; Groß und klein zählt.`
      case 'absent':
        return `${ssid} ist hier nicht zu finden. Ist es an und nah genug?`
      case 'no address':
        return `${ssid} hat das Gerät eingelassen, ihm aber keine Adresse gegeben. Den Router neu starten oder noch einmal versuchen.`
      case 'lock':
        return `${ssid} hat nicht ein Passwort für alle; das Gerät kann dort nicht hinein.`
      case 'radio':
        return 'Das WLAN dieses Geräts ist nicht zu gebrauchen.'
      case 'late':
        return `${ssid} hat zu lange gebraucht. Noch einmal versuchen oder das Gerät näher an den Router stellen.`
      case 'other':
        return `${ssid}: Der Beitritt hat nicht geklappt. Meist ist das Passwort falsch.`
    }
  },
  toldDone: (what) => `Von der Karte übernommen: ${what}.`,
  toldIgnored: (what) => `Von diesem Gerät nicht benutzt: ${what}.`,
  toldAmiss: (what) => `Nicht zu gebrauchen: ${what}.`,
  menu: 'Netz',
  wired: 'Kabel',
  wifi: 'WLAN',
  yes: 'verbunden',
  no: 'nicht verbunden',
  setUp: 'WLAN mit einem Telefon einrichten',
  point: 'Eigenes WLAN des Geräts',
  end: 'Ausschalten',
}
