// main.tsx — the TV's live picture in a window; a click makes it as large as the screen.
import { signal } from '@preact/signals'
import { render, type VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { systemClock } from '../../../lib/clock.ts'
import { unreachable } from '../../../lib/fault.ts'
import { Icon } from '../kit/icon.tsx'
import { type Watching, watch } from './live.ts'

const watching = signal<Watching>({ now: 'opening' })
const seen = signal(false)

function Tv(): VNode {
  const ref = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const stop = new AbortController()
    const draw = async (jpeg: Blob): Promise<void> => {
      const canvas = ref.current
      const picture = await createImageBitmap(jpeg)
      if (canvas) {
        if (canvas.width !== picture.width) canvas.width = picture.width
        if (canvas.height !== picture.height) canvas.height = picture.height
        canvas.getContext('2d')?.drawImage(picture, 0, 0)
        seen.value = true
      }
      picture.close()
    }
    const tell = (now: Watching): void => {
      watching.value = now
    }
    const key = decodeURIComponent(location.hash.slice(1))
    watch({ key, clock: systemClock, draw, tell }, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) reportError(error)
    })
    return () => stop.abort()
  }, [])
  const words = wordsFor(watching.value)
  return (
    <main class="tv" data-testid="tv" data-state={watching.value.now}>
      <button
        type="button"
        class="tv-picture"
        onClick={fullScreen}
        aria-label="The live picture of the TV. Press for full screen, or back."
      >
        <canvas ref={ref} data-testid="picture" />
      </button>
      {words && (
        <p
          class={`tv-words ${seen.value ? '' : 'alone'}`}
          role={watching.value.now === 'refused' ? 'alert' : 'status'}
          data-testid="notice"
        >
          <Icon name={watching.value.now === 'refused' ? 'warn' : 'tv'} />
          <span>{words}</span>
        </p>
      )}
    </main>
  )
}

function wordsFor(now: Watching): string | null {
  switch (now.now) {
    case 'opening':
      return 'The picture is coming…'
    case 'live':
      return null
    case 'away':
    case 'refused':
      return now.sentence
    default:
      return unreachable(now)
  }
}

function fullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()
  // Phones without full screen, and browsers that say no, leave the page as it is.
  done?.catch(() => {})
}

const root = document.getElementById('page')
if (root) render(<Tv />, root)
addEventListener('hashchange', () => location.reload())
