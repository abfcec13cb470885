// emoji.ts — the 64 pictures of which two ends of a link show four, so that people can compare them by eye or aloud.
//
// Well known, drawn alike everywhere, no two that could be taken for one another or share a name. The order is part of the
// protocol: both ends must pick the same ones. A letter of the alphabet carries 6 bits, four carry 24.
const TABLE = [
  ['🐶', 'dog'],
  ['🐱', 'cat'],
  ['🦁', 'lion'],
  ['🐴', 'horse'],
  ['🦄', 'unicorn'],
  ['🐷', 'pig'],
  ['🐘', 'elephant'],
  ['🐰', 'rabbit'],
  ['🐼', 'panda'],
  ['🐓', 'rooster'],
  ['🐧', 'penguin'],
  ['🐢', 'turtle'],
  ['🐟', 'fish'],
  ['🐙', 'octopus'],
  ['🦋', 'butterfly'],
  ['🌷', 'flower'],
  ['🌳', 'tree'],
  ['🌵', 'cactus'],
  ['🍄', 'mushroom'],
  ['🌏', 'globe'],
  ['🌙', 'moon'],
  ['☁️', 'cloud'],
  ['🔥', 'fire'],
  ['🍌', 'banana'],
  ['🍎', 'apple'],
  ['🍓', 'strawberry'],
  ['🌽', 'corn'],
  ['🍕', 'pizza'],
  ['🎂', 'cake'],
  ['❤️', 'heart'],
  ['🙂', 'smiley'],
  ['🤖', 'robot'],
  ['🎩', 'hat'],
  ['👓', 'glasses'],
  ['🔧', 'spanner'],
  ['🎅', 'santa'],
  ['👍', 'thumbs up'],
  ['☂️', 'umbrella'],
  ['⌛', 'hourglass'],
  ['⏰', 'clock'],
  ['🎁', 'gift'],
  ['💡', 'light bulb'],
  ['📕', 'book'],
  ['✏️', 'pencil'],
  ['📎', 'paperclip'],
  ['✂️', 'scissors'],
  ['🔒', 'lock'],
  ['🔑', 'key'],
  ['🔨', 'hammer'],
  ['☎️', 'telephone'],
  ['🏁', 'flag'],
  ['🚂', 'train'],
  ['🚲', 'bicycle'],
  ['✈️', 'aeroplane'],
  ['🚀', 'rocket'],
  ['🏆', 'trophy'],
  ['⚽', 'ball'],
  ['🎸', 'guitar'],
  ['🎺', 'trumpet'],
  ['🔔', 'bell'],
  ['⚓', 'anchor'],
  ['🎧', 'headphones'],
  ['📁', 'folder'],
  ['📌', 'pin'],
] as const

export const EMOJI: readonly string[] = TABLE.map(([emoji]) => emoji)
const NAMES: ReadonlyMap<string, string> = new Map(TABLE)

/** The spoken English name, for screen readers and for comparing over a telephone; '' for a picture that is none of ours. */
export const emojiName = (emoji: string): string => NAMES.get(emoji) ?? ''

/** Four emoji from the first 24 bits. */
export function emojiFrom(bytes: Uint8Array): readonly string[] {
  const [a = 0, b = 0, c = 0] = bytes
  const bits = (a << 16) | (b << 8) | c
  return [18, 12, 6, 0].map((shift) => EMOJI[(bits >> shift) & 63] ?? '')
}
