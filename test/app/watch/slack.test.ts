import { expect, test } from 'vitest'
import { came, type Slack, slackFrom } from '../../../src/app/watch/slack.ts'

/** Parts that come so long before they are due, five a second; tells when which shift was made. */
function shifts(spares: readonly number[]): Array<readonly [at: number, shift: number]> {
  let slack: Slack = slackFrom(0)
  return spares.flatMap((spare, i) => {
    const answer = came(slack, spare, i * 200)
    slack = answer.slack
    return answer.shift === 0 ? [] : [[i * 200, answer.shift] as const]
  })
}
const many = (spare: number, times: number): number[] => Array.from({ length: times }, () => spare)

test('parts that come in good time are shown as they come', () => {
  expect(shifts(many(600, 1000))).toEqual([])
  expect(shifts([...many(600, 300), ...many(900, 300)])).toEqual([])
})
test('a part that comes too late makes everything later at once, so that the next ones are in time', () => {
  expect(shifts([...many(600, 10), -400, ...many(500, 10)])).toEqual([[2000, 900]])
})
test('what begins far behind is caught up soon, and what grows slowly is caught up in its time', () => {
  expect(shifts(many(2100, 9))).toEqual([[1600, -1600]])
  const grown = shifts([...many(600, 9), ...many(1300, 400)])
  expect(grown.map(([, shift]) => shift)).toEqual([-800, -800])
  expect(grown[0]?.[0]).toBeGreaterThan(30_000)
})
