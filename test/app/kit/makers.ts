// makers.ts — the makers of a broadcast's picture and sound, played by the test: they begin when asked, unless they are broken.
import type { QuickMaker } from '../../../src/app/whep.ts'
import { lowerPictures, RUNGS } from '../../../src/media/budget.ts'
import type { PictureMaker, PictureNews, SoundMaker } from '../../../src/media/program.ts'
import { adts, unit } from '../../broadcast/kit/coded.ts'

export type { PictureNews } from '../../../src/media/program.ts'

type SoundNews = Parameters<Parameters<SoundMaker['onProgram']>[0]>[0]

/** A frame as gdppay writes it. */
function gdp(pts: number, bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(62)
  head.writeUInt8(1, 0)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(bytes.length, 6)
  head.writeBigUInt64BE(BigInt(Math.round(pts)), 10)
  return Buffer.concat([head, bytes])
}

/** `video` says what the maker of the picture has to tell, `give` lets both make more; `asked` is what was wanted of the picture. */
export function playedMakers(broken = false) {
  let onPicture: (news: PictureNews) => void = () => {}
  let onSound: (news: SoundNews) => void = () => {}
  const asked: { keyframes: number; running: boolean; lower: readonly number[] } = { keyframes: 0, running: false, lower: [] }
  const screen: PictureMaker = {
    startProgram: () => {
      asked.running = true
      const picture = { width: 1280, height: 720, fps: 30 }
      if (!broken)
        onPicture({ is: 'began', stream: { track: 'video', zero: 5e9, picture, encoder: 'x264', lower: lowerPictures(picture, 1e9) } })
    },
    stopProgram: () => {
      asked.running = false
      onPicture({ is: 'ended' })
    },
    programKeyframe: () => void asked.keyframes++,
    programLower: (rungs) => {
      asked.lower = rungs
    },
    onProgram: (listener) => {
      onPicture = listener
      return () => {}
    },
  }
  const sound: SoundMaker & QuickMaker = {
    startProgram: () => onSound({ is: 'began', stream: { track: 'audio', zero: 4e9, channels: 1, sampleRate: 48_000 } }),
    stopProgram: () => onSound({ is: 'ended' }),
    onProgram: (listener) => {
      onSound = listener
      return () => {}
    },
    setQuick: () => {},
    on: () => () => {},
  }
  let [frame, sounds] = [0, 0]
  let made: readonly number[] = []
  /** The makers give so many seconds more. The sound's row began a second before the picture's: same time, other numbers. */
  const give = (time: number) => {
    for (const end = frame + time * 30; frame < end; frame++) {
      const pts = (frame * 1e9) / 30
      for (; (sounds * 1024e9) / 48_000 < pts; sounds++)
        onSound({ is: 'coded', bytes: gdp((sounds * 1024e9) / 48_000 + 1e9, adts(sounds)) })
      onPicture({ is: 'coded', bytes: gdp(pts, unit(frame, frame % 60 === 0)) })
      if (frame % 60 === 0) made = asked.lower
      for (const rung of made)
        if (frame % (RUNGS[rung]?.every ?? 1) === 0) onPicture({ is: 'lower', rung, bytes: gdp(pts, unit(frame, frame % 60 === 0)) })
    }
  }
  return { screen, sound, video: (news: PictureNews) => onPicture(news), give, asked }
}
