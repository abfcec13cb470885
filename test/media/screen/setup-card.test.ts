import { describe, expect, it } from 'vitest'
import { LANGUAGES, textIn } from '../../../src/core/text/text.ts'
import type { SetupScene } from '../../../src/media/scene.ts'
import { widthOf } from '../../../src/media/screen/card/ink.ts'
import { setup } from '../../../src/media/screen/card/setup.ts'

const BASE: SetupScene = {
  is: 'looking',
  ssid: '',
  password: '',
  link: null,
  secondsLeft: 0,
  bluetooth: null,
  internet: null,
  failed: null,
  told: null,
}
const LONG = 'FRITZ!Box 7590 Wohnzimmer oben 5G'.slice(0, 32)
const TOLD = {
  done: ['wohnzimmer', 'Europe/Berlin', LONG],
  ignored: ['packages', 'apt', 'users', 'ssh_pwauth', 'runcmd'],
  amiss: ['locale'],
}
const WHYS = ['password', 'absent', 'no address', 'lock', 'radio', 'late', 'other'] as const
const POINT = {
  ...BASE,
  is: 'point',
  ssid: 'Parlor KKKK',
  password: 'kkkkkkkkkkkk',
  link: 'WIFI:T:WPA;S:Parlor KKKK;P:kkkkkkkkkkkk;;',
  secondsLeft: 584,
} as const
const SCENES: readonly SetupScene[] = [
  BASE,
  { ...BASE, is: 'opening' },
  POINT,
  { ...POINT, told: TOLD },
  ...(['press', 'open', 'here'] as const).map((bluetooth) => ({ ...POINT, bluetooth, told: TOLD })),
  ...WHYS.map((why) => ({ ...POINT, bluetooth: 'press' as const, failed: { ssid: LONG, why } })),
  { ...POINT, is: 'page', link: 'http://10.42.0.1/setup' },
  { ...BASE, is: 'trying', ssid: LONG },
  ...(['yes', 'no', 'portal', null] as const).map((internet) => ({ ...BASE, is: 'joined' as const, ssid: LONG, internet })),
  { ...BASE, is: 'again', failed: { ssid: LONG, why: 'other' } },
  { ...BASE, is: 'cable' },
  { ...BASE, is: 'pair', told: TOLD },
]

describe.each(LANGUAGES)('the cards of the set-up in %s', (language) => {
  it('stay inside the safe margin, in letters that are read from three metres', () => {
    for (const scene of SCENES) {
      const lines = [...setup(scene, textIn(language)).matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*font-size="([\d.]+)"[^>]*>([^<]*)</g)]
      expect(lines.length).toBeGreaterThan(0)
      for (const [, x = '', y = '', size = '', said = ''] of lines) {
        expect(Number(size), said).toBeGreaterThanOrEqual(32)
        expect(Number(x), said).toBeGreaterThanOrEqual(96)
        expect(Number(x) + widthOf(said, Number(size)), said).toBeLessThanOrEqual(1824)
        expect([Number(y) >= 96, Number(y) <= 1026], `${scene.is}: ${said} at ${y}`).toEqual([true, true])
        if (scene.link && Number(x) < 800) expect(Number(y) - Number(size), `${said}: over the QR code`).toBeGreaterThanOrEqual(770)
      }
      const ys = lines.map(([, , y = '']) => Number(y))
      expect(new Set(ys).size, `${scene.is}: two lines at one height`).toBe(ys.length)
    }
  })

  it('say name and password of the own Wi-Fi, and hide no letter of them', () => {
    const drawn = setup(POINT, textIn(language))
    expect(drawn).toContain('Parlor KKKK')
    expect(drawn).toContain('kkkkkkkkkkkk')
    expect(drawn).toContain('<path')
  })
})
