// scenes.ts — scenes for tests: so many people, with or without us, with or without a shared screen.
import { type Scene, SELF, SHARE, type Tile } from '../../src/media/scene.ts'

export const NAMES = ['Ada', 'Bertil', 'Chloé', 'Dimitri', 'Emeka']
export const aTile = (seat: number, more: Partial<Tile> = {}): Tile => ({
  seat,
  name: seat === SELF ? 'Living room' : (NAMES[seat - 1] ?? 'Ada'),
  state: 'live',
  muted: false,
  camera: true,
  speaking: false,
  emoji: null,
  ...more,
})
export function aScene(people: number, more: Partial<Scene> = {}): Scene {
  return {
    show: 'call',
    roomName: 'Living room',
    link: 'https://192.168.1.20:8443/r#K7QF-2M3N-8HJK-4RST-9WXY-1ABC-DE',
    caller: null,
    self: aTile(SELF),
    people: Array.from({ length: people }, (_, i) => aTile(i + 1)),
    share: null,
    notice: null,
    ...more,
  }
}
export const aShare = (name = 'Ada'): Tile => aTile(SHARE, { name })
