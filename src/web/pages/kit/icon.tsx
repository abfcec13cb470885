// icon.tsx — the few signs of the pages, drawn here so that nothing is fetched. All on a grid of 24, all decoration: words stand beside them.
import type { VNode } from 'preact'

const PATHS = {
  lamp: ['M8 3h8l3.4 9H4.6z', 'M12 12v7', 'M8 21h8', 'M15.5 12v3'],
  mic: ['M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3z', 'M5.5 11a6.5 6.5 0 0 0 13 0', 'M12 17.5V21'],
  'mic-off': [
    'M15 9.5V6a3 3 0 0 0-5.8-1.1',
    'M9 9v2a3 3 0 0 0 4.6 2.5',
    'M5.5 11a6.5 6.5 0 0 0 10.3 5.3',
    'M18.5 11a6.4 6.4 0 0 1-.6 2.7',
    'M12 17.5V21',
    'M3.5 3.5l17 17',
  ],
  camera: ['M4.5 6.5h9a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z', 'M15.5 11l6-3.5v9l-6-3.5'],
  'camera-off': [
    'M9.5 6.5h4a2 2 0 0 1 2 2v3.8',
    'M15.5 16a2 2 0 0 1-2 1.5h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 1.6-2',
    'M15.5 11l6-3.5v9l-3-1.7',
    'M3.5 3.5l17 17',
  ],
  share: [
    'M4 5h16a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 20 17H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 5z',
    'M12 14V8.5',
    'M9.3 10.8L12 8.1l2.7 2.7',
    'M8.5 20.5h7',
  ],
  devices: [
    'M4 7h9',
    'M18 7h2',
    'M15.5 4.7a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6z',
    'M4 17h2',
    'M11 17h9',
    'M8.5 14.7a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6z',
  ],
  invite: ['M9.5 4a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z', 'M3 20c.4-3.6 3-5.6 6.5-5.6s6.1 2 6.5 5.6', 'M19 7.5v6', 'M16 10.5h6'],
  full: [
    'M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9',
    'M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9',
    'M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15',
    'M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15',
  ],
  leave: ['M14 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H14', 'M10.5 12H21', 'M17.5 8.3l3.7 3.7-3.7 3.7'],
  speaks: ['M4 10v4', 'M8 7v10', 'M12 4v16', 'M16 7v10', 'M20 10v4'],
  warn: ['M12 4l9 15.5H3z', 'M12 10v4.2', 'M12 16.9v.1'],
  info: ['M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z', 'M12 11v5', 'M12 7.9v.1'],
  copy: [
    'M9 8.5h9A1.5 1.5 0 0 1 19.5 10v9a1.5 1.5 0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 19v-9A1.5 1.5 0 0 1 9 8.5z',
    'M4.5 15.5V5A1.5 1.5 0 0 1 6 3.5h9.5',
  ],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  tv: ['M4 5h16a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 20 17H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 5z', 'M8 20.5h8'],
  go: ['M4 12h15', 'M13.5 6.5L19 12l-5.5 5.5'],
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" data-icon={name}>
      {PATHS[name].map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  )
}
