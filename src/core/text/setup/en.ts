// en.ts — the set-up of a new box and its network, as the TV says it, in English. The shape of this table is that of every other language's.

type Why = 'password' | 'absent' | 'no address' | 'lock' | 'radio' | 'late' | 'other'

export const setupEn = {
  welcome: 'Hello. Let us set up this box.',
  looking: 'Looking for a network …',
  lookingHint: 'A network cable is enough. If there is none, the box helps you with Wi-Fi in a moment.',
  opening: "The box's own Wi-Fi comes up …",
  pointScan: '1. Scan this with the camera of your phone, and join the Wi-Fi.',
  pointOr: 'Or choose it by hand:',
  network: 'Wi-Fi',
  password: 'Password',
  bluetooth: {
    press: 'Or by Bluetooth, with Home Assistant or another app for Improv: first press OK here.',
    open: 'Open for Bluetooth for three minutes: choose this box in the app.',
    here: 'This is the box that you look for.',
  },
  pageScan: '2. The page opens by itself. If not, scan this:',
  pageHint: 'Choose your network there and type its password.',
  trying: (ssid: string) => `The box tries to join ${ssid} …`,
  tryingHint: 'Meanwhile its own Wi-Fi is away. If it does not work, it comes back and says why.',
  joined: (ssid: string) => `The box has joined ${ssid}.`,
  internet: {
    yes: 'The internet is there.',
    no: 'The internet does not answer. Calls at home work all the same.',
    portal: 'This network wants you to log in on a page first, which the box cannot do. Calls at home work all the same.',
  },
  again: 'There is no network yet.',
  againHint: "Press OK or the box's button to show its own Wi-Fi again, or plug in a network cable.",
  cable: 'Please plug in a network cable.',
  cableHint: 'The Wi-Fi of this box cannot be used. Calls need a cable.',
  pair: 'Now pair a phone with this box.',
  pairHint: 'Press OK or the button of the box. BACK leaves it for later.',
  later: 'BACK leaves it for later. The menu has it under "Network".',
  left: (secondsLeft: number) => {
    const [minutes, rest] = [Math.floor(secondsLeft / 60), secondsLeft % 60]
    return `Open for ${minutes}:${String(rest).padStart(2, '0')} more`
  },
  why: (ssid: string, why: Why): string => {
    switch (why) {
      case 'password':
        return `${ssid}: the password was not right. Try again; capital letters count.`
      case 'absent':
        return `${ssid} is not to be found here. Is it switched on, and near enough?`
      case 'no address':
        return `${ssid} let the box in but gave it no address. Restart the router, or try again.`
      case 'lock':
        return `${ssid} is not a network with one password for all, so the box cannot join it.`
      case 'radio':
        return 'The Wi-Fi of this box cannot be used.'
      case 'late':
        return `${ssid} took too long. Try again, or put the box nearer to the router.`
      case 'other':
        return `${ssid} could not be joined. Mostly the password is wrong.`
    }
  },
  toldDone: (what: string) => `Taken from the card: ${what}.`,
  toldIgnored: (what: string) => `Not used by this box: ${what}.`,
  toldAmiss: (what: string) => `Could not be used: ${what}.`,
  menu: 'Network',
  wired: 'Cable',
  wifi: 'Wi-Fi',
  yes: 'connected',
  no: 'not connected',
  setUp: 'Set up Wi-Fi with a phone',
  point: "The box's own Wi-Fi",
  end: 'Switch it off',
}
export type SetupText = typeof setupEn
