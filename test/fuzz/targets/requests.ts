import assert from 'node:assert/strict'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { cut, integer, oneIn, pick, times } from '../draw.ts'
import { type DrawnRequest, drawRequest } from '../requests/draw-request.ts'
import { type Heard, send } from '../requests/send.ts'
import { type Caller, type Door, openStage, outsideText, type Stage, secretText } from '../requests/stage.ts'
import type { FuzzSession, FuzzTarget } from '../target.ts'

/** Whatever is asked of the ports of a node and of the embedded API server, by whomever: no fault of theirs, and nothing that the caller may not have. */
export const requests: FuzzTarget = {
  name: 'requests',
  roundCpuMs: 3000,
  async open(): Promise<FuzzSession> {
    const stage = await openStage()
    return {
      round: (random) => round(stage, random),
      [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    }
  },
}

async function round(stage: Stage, random: Random): Promise<void> {
  await stage.tidy()
  for (const drawn of times(integer(random, 1, 3), () => times(integer(random, 4, 16), () => drawOne(stage, random))))
    await Promise.all(
      drawn.map(async ({ door, caller, request, pieces }) => {
        try {
          check(door, caller, request, await send(door, caller, pieces, !request.damaged))
        } catch (error) {
          throw new Error(`${caller.name} on ${door.name}: ${JSON.stringify(request.raw.toString('latin1').slice(0, 2000))}`, { cause: error })
        }
      }),
    )
  assert.equal(stage.forbiddenCalls(), 0, 'the engine behind what is shut was reached')
  for (const door of stage.doors) {
    const probe = Buffer.from('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const { status } = await send(door, { name: 'nobody' }, [probe], true)
    assert.equal(status, door.name.startsWith('10250') ? 401 : 200, `${door.name} answers no more`)
  }
}

function drawOne({ doors, callers }: Stage, random: Random) {
  // Most of what there is to reach is behind these two, and for who may.
  const door = oneIn(random, 2) ? pick(random, doors.slice(0, 2)) : pick(random, doors)
  const caller = oneIn(random, 2)
    ? pick(
        random,
        callers.filter(({ name }) => name === 'admin' || name === 'node'),
      )
    : pick(random, callers)
  const request = drawRequest(random, door, caller)
  return { door, caller, request, pieces: oneIn(random, 4) ? cut(random, request.raw, 200) : [request.raw] }
}

/** What everybody gets to see. */
const publicPaths = /^\/(healthz|livez|readyz|version\/?)$/
const unknown: ReadonlySet<Caller['name']> = new Set(['nobody', 'stranger', 'liar'])

function check({ name }: Door, caller: Caller, { target, damaged }: DrawnRequest, { status, text }: Heard): void {
  const answered = `${status} ${text.slice(0, 400)}`
  // A version that has not come yet is a 504, as by a kube-apiserver.
  assert.ok(status < 500 || status === 501 || status === 503 || (status === 504 && /resourceVersion/.test(target)), answered)
  if (!damaged) assert.notEqual(status, 0, 'closed without an answer')
  assert.ok(!text.includes(outsideText), 'a file outside of the logs')
  if (caller.name !== 'admin') assert.ok(!text.includes(secretText), 'a secret')
  const served = status === 101 || (status >= 200 && status < 300)
  if (!served) return
  if (name.startsWith('10250')) assert.equal(caller.name, 'admin', `served: ${answered}`)
  // Damage may have made another path of it.
  if (name === '6443' && unknown.has(caller.name) && !damaged)
    assert.match(decodeURIComponent(target.replace(/\?.*/s, '').replace(/^\w+:\/\/[^/]*/, '')), publicPaths, answered)
  if (name === '6443' && unknown.has(caller.name)) assert.doesNotMatch(text, /"kind":"(Pod|Node|Secret|ConfigMap)/)
}
