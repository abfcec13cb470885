// release.ts — what a card says of itself: its version, the board it is for, whose updates it takes. Where there is no such file, it is no card.
import { isVersion } from './update/version.ts'

/** What a card is, as /etc/parlor-release says it. */
export type Release = { readonly version: string; readonly board: string; readonly channel: 'development' | 'release' }

export const RELEASE_FILE = '/etc/parlor-release'

/** @param text lines like VERSION=0.5.0; null: there is no such file  @returns null when it is not a card of ours */
export function releaseIn(text: string | null): Release | null {
  const of = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text ?? '')?.[1] ?? ''
  const [version, board, channel] = [of('VERSION'), of('BOARD'), of('CHANNEL')]
  if (!isVersion(version) || !/^[a-z0-9]{1,20}$/.test(board)) return null
  return { version, board, channel: channel === 'development' ? 'development' : 'release' }
}
