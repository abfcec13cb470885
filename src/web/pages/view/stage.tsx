// stage.tsx — the picture, what lies over it, and when that goes away.
import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../kit/icon.tsx'
import { Captions } from './captions.tsx'
import { Card } from './card.tsx'
import { Controls } from './controls.tsx'
import { canFeed } from './screen.ts'
import type { Store } from './store.ts'

/** Without a touch, the keys go away after, ms. */
const REST = 3500
const AGAIN = 5000

export function Stage({ store, title }: { store: Store; title: string }): VNode {
  const video = useRef<HTMLVideoElement>(null)
  const rests = useSignal(false)
  const { words } = store
  useEffect(() => {
    const stop = new AbortController()
    if (video.current && canFeed()) store.watch(video.current, stop.signal)
    else if (video.current) {
      // This browser plays lists by itself, and lets nobody look at what it plays.
      video.current.src = `/live/${store.arrival.program}/index.m3u8`
      video.current.controls = true
      const element = video.current
      // It has not begun, or was away: asked again by and by.
      const again = (): void => {
        setTimeout(() => {
          if (!stop.signal.aborted) element.load()
        }, AGAIN)
      }
      element.addEventListener('error', again, { signal: stop.signal })
      store.askAbout(stop.signal).catch(() => {})
    }
    return () => stop.abort()
  }, [])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const wake = (): void => {
      rests.value = false
      clearTimeout(timer)
      timer = setTimeout(() => {
        rests.value = true
      }, REST)
    }
    wake()
    const events = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const
    for (const event of events) document.addEventListener(event, wake)
    return () => {
      clearTimeout(timer)
      for (const event of events) document.removeEventListener(event, wake)
    }
  }, [])
  const scene = store.scene.value
  const isQuiet = rests.value && store.now.value.isPlaying && scene.is === 'picture' && store.refused.value === null
  const touch = (event: MouseEvent): void => {
    // A finger shows the keys first; a mouse plays and pauses.
    if (event instanceof PointerEvent && event.pointerType === 'touch') return
    store.toggle()
  }
  return (
    <section class={`stage ${isQuiet ? 'quiet' : ''}`} aria-label={title} data-testid="stage" data-scene={scene.is}>
      {/* biome-ignore lint/a11y/useMediaCaption: the program brings its own captions, when it has some */}
      <video ref={video} playsInline autoPlay={!canFeed()} data-testid="video" onClick={touch} />
      {(canFeed() || scene.is === 'locked') && <Card store={store} />}
      <Captions store={store} />
      {store.refused.value !== null && (
        <div class="refused" role="alert" data-testid="refused" data-why={store.refused.value}>
          <Icon name="warn" />
          <div>
            <p>{words.refused}</p>
            <p class="small">{words.refusedHow}</p>
          </div>
        </div>
      )}
      {canFeed() && scene.is === 'picture' && <Controls store={store} />}
    </section>
  )
}
