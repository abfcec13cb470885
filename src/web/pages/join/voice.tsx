// voice.tsx — the sound of one person. A browser may hold sound back until somebody has touched the page; then we ask for a touch.
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Store } from './store.ts'

export function Voice({ store, peer, track }: { store: Store; peer: string; track: MediaStreamTrack }): VNode {
  const ref = useRef<HTMLAudioElement>(null)
  const speaker = store.own.chosen.speaker.value
  const tries = store.soundTries.value
  useEffect(() => {
    const audio = ref.current
    if (!audio) return
    audio.srcObject = new MediaStream([track])
    return () => {
      audio.srcObject = null
    }
  }, [track])
  useEffect(() => {
    ref.current?.play().then(
      () => {},
      (error: unknown) => {
        if (error instanceof Error && error.name === 'NotAllowedError') store.soundHeldBack.value = true
      },
    )
  }, [track, tries])
  useEffect(() => {
    const audio = ref.current
    if (audio && speaker && 'setSinkId' in audio) audio.setSinkId(speaker).catch(reportError)
  }, [speaker])
  // biome-ignore lint/a11y/useMediaCaption: live talk between people has no captions to show
  return <audio ref={ref} data-testid="audio" data-peer={peer} autoplay />
}
