import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'

const settings = (values: Record<string, string>) => Object.fromEntries(Object.entries(values).map(([key, value]) => [`simulated.podsteward.io/${key}`, value]))
const pod = (name: string, values: Record<string, string>, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations: settings(values) },
  spec: { containers: [{ name: 'app', image: `registry/${name}:1`, ...container }] },
})

/** Everything that a user sees of ten minutes: events and statuses, times as seconds since the cluster began, without what is random by its nature. */
async function tenMinutes(seed: number): Promise<unknown> {
  await using cluster = await startCluster({ clock: 'manual', seed, nodes: 2 })
  const began = Date.parse((await cluster.get('node/node-0')).metadata?.creationTimestamp ?? '')
  await cluster.apply(
    pod('crashing', { 'exit-after': 'exponential(5s)', 'exit-code': '1', 'start-delay': '100ms-3s' }),
    pod('oom', { 'oom-after': 'normal(20s,5s)' }),
    pod('slow', { 'pull-delay': 'lognormal(5s,60s)', 'start-delay': 'exponential(2s)' }, { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 7 } }),
    pod('missing', { 'pull-error': 'not-found', 'pull-delay': '1s-2s' }),
    pod('unwell', { probe: 'failure' }, { livenessProbe: { httpGet: { port: 80 }, periodSeconds: 5, initialDelaySeconds: 3 } }),
    pod('hung', { 'hung-stop': 'true' }),
  )
  await cluster.clock.advance('5m')
  await cluster.delete('pod/hung')
  await cluster.clock.advance('5m')
  const uids = new Map((await cluster.list('pods')).map(({ metadata }) => [metadata?.uid ?? '', metadata?.name ?? '']))
  const plain = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (_, each: unknown) => {
      if (typeof each !== 'string') return each
      if (/^\d{4}-\d\d-\d\dT/.test(each)) return (Date.parse(each) - began) / 1000
      return each
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uid) => uids.get(uid) ?? 'uid')
        .replace(/kube-api-access-\w{5}|[0-9a-f]{64}|10\.64\.\d+\.\d+/g, 'new each time')
    }) as unknown
  const events = (await cluster.events())
    .map(({ involvedObject, reason, message, count, firstTimestamp, lastTimestamp }) => ({
      ...{ of: involvedObject.name, reason, message, count, firstTimestamp, lastTimestamp },
    }))
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
  return plain({ events, statuses: (await cluster.list('pods')).map(({ metadata, status }) => ({ name: metadata?.name, status })) })
}

test('ten minutes of crash loops, pulls, probes and stops pass in no time, and twice the same from one seed', async () => {
  const first = await tenMinutes(7)
  assert.deepEqual(await tenMinutes(7), first)
  assert.notDeepEqual(await tenMinutes(8), first)
  const text = JSON.stringify(first)
  for (const reason of ['BackOff', 'OOMKilled', 'CrashLoopBackOff', 'ImagePullBackOff', 'Unhealthy', 'Killing']) assert.match(text, new RegExp(reason))
})
