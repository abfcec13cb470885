// card.tsx — what is said where no picture is: not begun, over, full, away. One sentence of what is, one of what to do.
import { useSignal } from '@preact/signals'
import type { ComponentChildren, VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { unreachable } from '../../../lib/fault.ts'
import { Icon, type IconName } from '../kit/icon.tsx'
import { leftOf } from './scene.ts'
import type { Store } from './store.ts'
import type { Words } from './words/words.ts'

export function Card({ store }: { store: Store }): VNode | null {
  const { words } = store
  const scene = store.scene.value
  switch (scene.is) {
    case 'picture':
      return store.now.value.isWaiting ? <Spinner /> : null
    case 'looking':
      return (
        <div class="card-over plain-card" role="status" data-testid="card" data-card="looking">
          <Spinner />
          <p>{words.looking}</p>
        </div>
      )
    case 'soon':
      return (
        <Said icon="clock" is="soon" title={words.soon} how={words.soonHow}>
          {scene.begins !== null && <Countdown begins={scene.begins} words={words} />}
        </Said>
      )
    case 'ended':
      return (
        <Said icon="lamp" is="ended" title={words.ended} how={words.endedHow}>
          {scene.canRewind && (
            <button type="button" class="main" onClick={() => store.fromStart()} data-testid="from-start">
              <Icon name="back" /> {words.fromStart}
            </button>
          )}
        </Said>
      )
    case 'full':
      return <Said icon="eye" is="full" title={words.full} how={words.fullHow} />
    case 'away':
      return <Said icon="warn" is="away" title={words.away} how={words.awayHow} />
    case 'unplayable':
      return <Said icon="warn" is="unplayable" title={words.unplayable} how={words.unplayableHow} />
    case 'locked':
      return <Said icon="locked" is="locked" {...words.locked[scene.why]} />
    case 'touch':
      return (
        <div class="card-over" data-testid="card" data-card="touch">
          <button type="button" class="main big" onClick={() => store.toggle()} data-testid="touch">
            <Icon name="play" /> {words.touch}
          </button>
        </div>
      )
    default:
      return unreachable(scene)
  }
}

type SaidProps = {
  readonly icon: IconName
  readonly is: string
  readonly title: string
  readonly how: string
  readonly children?: ComponentChildren
}
function Said({ icon, is, title, how, children }: SaidProps): VNode {
  return (
    <div class="card-over" role="status" data-testid="card" data-card={is}>
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
      <p class="card-how">{how}</p>
    </div>
  )
}

const Spinner = (): VNode => <span class="spinner" aria-hidden="true" data-testid="spinner" />

function Countdown({ begins, words }: { begins: number; words: Words }): VNode {
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now()
    }, 500)
    return () => clearInterval(timer)
  }, [])
  const ms = begins - now.value
  if (ms <= 0) return <p>{words.anyMoment}</p>
  const { days, hours, minutes, seconds } = leftOf(ms)
  const when = new Intl.DateTimeFormat(words.locale, { dateStyle: days > 0 ? 'full' : undefined, timeStyle: 'short' }).format(begins)
  const parts = [...(days > 0 ? [String(days)] : []), ...(days > 0 || hours > 0 ? [hours] : []), minutes, seconds]
  return (
    <>
      <p class="countdown" role="timer" aria-hidden="true" data-testid="countdown">
        {parts.map((each, i) => (i === 0 ? String(each) : String(each).padStart(2, '0'))).join(':')}
      </p>
      <p>{words.beginsAt(when)}</p>
    </>
  )
}
