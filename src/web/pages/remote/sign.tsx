// sign.tsx — the signs of the remote, beside those that all pages share. Decoration, always with words.
import type { VNode } from 'preact'
import { Icon, type IconName } from '../kit/icon.tsx'

const PATHS = {
  phone: [
    'M6.5 3.5h3l1.6 4.2-2 1.6a12 12 0 0 0 5.6 5.6l1.6-2 4.2 1.6v3a2.2 2.2 0 0 1-2.4 2.2A16.6 16.6 0 0 1 4.3 5.9 2.2 2.2 0 0 1 6.5 3.5z',
  ],
  'hang-up': ['M3 14.2c-.4-2.2.5-3.6 2-4.4a15 15 0 0 1 14 0c1.5.8 2.4 2.2 2 4.4l-4.3.8-.8-3.2a12 12 0 0 0-7.8 0l-.8 3.2z'],
  people: [
    'M9 4.5a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6z',
    'M2.8 19.5c.3-3.5 2.8-5.3 6.2-5.3s5.9 1.8 6.2 5.3',
    'M15.5 5a3.1 3.1 0 0 1 0 5.9',
    'M17.6 14.5c2.1.7 3.4 2.4 3.6 5',
  ],
  clock: ['M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z', 'M12 7.5V12l3.2 2'],
  dots: [
    'M5 10.8a1.2 1.2 0 1 1 0 2.4 1.2 1.2 0 0 1 0-2.4z',
    'M12 10.8a1.2 1.2 0 1 1 0 2.4 1.2 1.2 0 0 1 0-2.4z',
    'M19 10.8a1.2 1.2 0 1 1 0 2.4 1.2 1.2 0 0 1 0-2.4z',
  ],
  remote: [
    'M9 2.5h6A1.5 1.5 0 0 1 16.5 4v16a1.5 1.5 0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 20V4A1.5 1.5 0 0 1 9 2.5z',
    'M12 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z',
    'M10.5 13.5v.1',
    'M13.5 13.5v.1',
    'M10.5 17v.1',
    'M13.5 17v.1',
  ],
  gear: [
    'M12 8.7a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6z',
    'M12 3v2.5',
    'M12 18.5V21',
    'M3 12h2.5',
    'M18.5 12H21',
    'M5.6 5.6l1.8 1.8',
    'M16.6 16.6l1.8 1.8',
    'M5.6 18.4l1.8-1.8',
    'M16.6 7.4l1.8-1.8',
  ],
  handset: ['M8 2.5h8A1.5 1.5 0 0 1 17.5 4v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5z', 'M10.5 18.5h3'],
  heart: ['M12 20C5.5 15.5 3.5 12 3.5 8.9A4.4 4.4 0 0 1 12 7.3a4.4 4.4 0 0 1 8.5 1.6C20.5 12 18.5 15.5 12 20z'],
  plus: ['M12 5v14', 'M5 12h14'],
  minus: ['M5 12h14'],
  sound: ['M4 9.5h3.5L12 5.5v13l-4.5-4H4z', 'M15.5 9a4.2 4.2 0 0 1 0 6', 'M18 6.5a7.8 7.8 0 0 1 0 11'],
  moon: ['M19.5 14.5A8 8 0 1 1 9.5 4.5a6.5 6.5 0 0 0 10 10z'],
  back: ['M20 12H5', 'M10.5 6.5L5 12l5.5 5.5'],
  again: ['M19.5 12a7.5 7.5 0 1 1-2.3-5.4', 'M19.8 3.5v4h-4'],
  check: ['M4.5 12.5l5 5 10-11'],
  one: [
    'M4 5h16a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 20 17H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 5z',
    'M5.5 8h8.5v6H5.5z',
    'M17 8.5h1.5',
    'M17 11h1.5',
    'M17 13.5h1.5',
  ],
  grid: ['M4 4.5h7v6.5H4z', 'M13 4.5h7v6.5h-7z', 'M4 13h7v6.5H4z', 'M13 13h7v6.5h-7z'],
  wand: ['M5 19L15 9', 'M17.5 3.5v4', 'M15.5 5.5h4', 'M19 11.5v3', 'M17.5 13h3', 'M9.5 4v3', 'M8 5.5h3'],
  bell: ['M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z', 'M10.2 20.7a2 2 0 0 0 3.6 0'],
} as const

export type SignName = keyof typeof PATHS | IconName

export function Sign({ name }: { name: SignName }): VNode {
  if (!Object.hasOwn(PATHS, name)) return <Icon name={name as IconName} />
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" data-icon={name}>
      {PATHS[name as keyof typeof PATHS].map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  )
}
