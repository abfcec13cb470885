// smoke.test.ts — how a program ended says whether it can run at all, and not whether it knows --version.
import { expect, test } from 'vitest'
import { faultOf } from '../../image/smoke.ts'

test.each([
  ['it answered', { code: 0, out: 'rauc 1.14', err: '' }],
  ['it does not know the question', { code: 1, out: '', err: "unrecognized option '--version'" }],
  ['it says no in its own way', { code: 255, out: '', err: 'Option "-version" is unknown, try "ip -help".' }],
  ['it went on running until it was ended', { code: null, out: '', err: '' }],
])('%s: no fault', (_, ended) => {
  expect(faultOf(ended)).toBeNull()
})

test.each([
  [
    'a library is missing',
    { code: 127, out: '', err: '/usr/bin/rauc: error while loading shared libraries: libssl.so.3: cannot open shared object file' },
    'libssl.so.3',
  ],
  [
    'a symbol is missing',
    { code: 127, out: '', err: '/usr/sbin/nft: symbol lookup error: /usr/sbin/nft: undefined symbol: nftnl_x' },
    'nftnl_x',
  ],
  ['it is for another processor', { code: 126, out: '', err: 'env: /usr/bin/nmcli: Exec format error' }, 'Exec format error'],
  ['its interpreter is missing', { code: 127, out: '', err: 'env: /usr/bin/node: No such file or directory' }, 'No such file'],
  ['it has an instruction that the processor lacks', { code: 132, out: '', err: 'Illegal instruction' }, 'Illegal instruction'],
  ['it crashed', { code: 139, out: 'starting', err: '' }, 'killed (139): starting'],
])('%s: a fault, in its own words', (_, ended, words) => {
  expect(faultOf(ended)).toContain(words)
})
