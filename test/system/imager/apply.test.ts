import { expect, it } from 'vitest'
import { applyImager, type CardFile, type ImagerGround } from '../../../src/system/imager/apply.ts'
import { DONE } from '../../../src/system/imager/scrub.ts'

/** A card and a machine that write down what was done. */
function ground(files: Partial<Record<CardFile, string>>, fails: readonly string[] = []) {
  const done: string[] = []
  const act = (what: string) => async (value: unknown) => {
    if (fails.includes(what)) throw new Error('the world is hard')
    done.push(`${what} ${JSON.stringify(value)}`)
  }
  const made: ImagerGround = {
    read: async (name) => files[name] ?? null,
    scrub: async (name) => {
      files[name] = DONE
    },
    name: act('name'),
    zone: act('zone'),
    language: act('language'),
    country: act('country'),
    network: act('network'),
    onTrouble: () => {},
  }
  return { made, done, files }
}

const FILES = {
  'user-data': '#cloud-config\nhostname: box\ntimezone: Europe/Berlin\nruncmd: [ "rm -rf /" ]\n',
  'network-config': 'wifis: { wlan0: { regulatory-domain: DE, access-points: { Home: { password: "12345678" } } } }\n',
}

it('does what they ask, and says what it did without a password', async () => {
  const { made, done } = ground({ ...FILES })
  const applied = await applyImager(made)
  expect(applied).toEqual({
    name: 'box',
    zone: 'Europe/Berlin',
    language: null,
    country: 'DE',
    networks: ['Home'],
    ignored: ['runcmd'],
    odd: [],
    failed: [],
  })
  expect(done).toEqual([
    'network {"ssid":"Home","password":"12345678","hidden":false}',
    'country "DE"',
    'name "box"',
    'zone "Europe/Berlin"',
  ])
  expect(JSON.stringify(applied)).not.toContain('12345678')
})

it('does it once: what was read is gone from the card', async () => {
  const { made, files, done } = ground({ ...FILES })
  await applyImager(made)
  expect(Object.values(files).join()).not.toContain('12345678')
  expect(await applyImager(made)).toBeNull()
  expect(done).toHaveLength(4)
})

it('goes on where one thing fails, says so, and takes the secrets off all the same', async () => {
  const { made, files } = ground({ ...FILES }, ['network', 'zone'])
  expect(await applyImager(made)).toMatchObject({ networks: [], zone: null, name: 'box', failed: ['network', 'zone'] })
  expect(Object.values(files).join()).not.toContain('12345678')
})

it('has nothing to do on a card without them, or with comments alone', async () => {
  expect(await applyImager(ground({}).made)).toBeNull()
  expect(await applyImager(ground({ 'user-data': '# a card as it is made\n', 'network-config': '\n' }).made)).toBeNull()
})
