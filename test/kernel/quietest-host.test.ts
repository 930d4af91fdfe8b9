import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostLink } from '../../actors/kernel/host-link.ts'
import { quietestHost } from '../../actors/kernel/quietest-host.ts'
import { address } from '../../actors/kernel/types.ts'

const link = {} as HostLink
const host = (name: string, actors: number, isUp = true) => ({
  name,
  link: isUp ? link : undefined,
  actors: new Set(Array.from({ length: actors }, (_, n) => address(`${name}/${n}`))),
})

for (const [what, hosts, expected] of [
  ['there is none', [], undefined],
  ['the fewest actors', [host('a', 3), host('b', 1), host('c', 2)], 'b'],
  ['the first of equal ones', [host('a', 2), host('b', 1), host('c', 1)], 'b'],
  ['one that is up, however much it has', [host('a', 0, false), host('b', 9)], 'b'],
  ['one that is up, though another comes after it', [host('a', 9), host('b', 0, false)], 'a'],
  ['none is up: it is placed all the same', [host('a', 2, false), host('b', 1, false)], 'b'],
] as const)
  test(`the quietest host: ${what}`, () => {
    assert.equal(quietestHost<ReturnType<typeof host>>(hosts)?.name, expected)
  })
