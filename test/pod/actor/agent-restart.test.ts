import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { kubeletRules } from '../../../actors/pod/kubelet-rules.ts'
import type { PodActorProps } from '../../../actors/pod/messages.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

/** The pod as the API server has it from the earlier agent's reports. */
const reported = (lab: PodLab, props: PodActorProps) => ({ ...props.pod, status: structuredClone(lab.status) }) as PodActorProps['pod']

test('a pod that was ready stays so until its probe says otherwise', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod({}, { readinessProbe: { exec: { command: ['x'] }, periodSeconds: 10, failureThreshold: 1 } })
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  await lab.pass(1_000)
  lab.engine.exec = async () => ({ exitCode: 1, stdout: '', stderr: '' })
  const pod = reported(lab, props)
  lab.reports.length = 0
  await lab.restart(pod)
  // Adopted probes run somewhere within a period; the lab's chance is one half.
  await lab.pass(4_000)
  assert.ok(lab.reports.every(({ status }) => status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')))
  await lab.until('the probe to speak', () => lab.reports.length > 0 && !lab.ready, 3_000)
})

test('a crash loop goes on where it was: count, delay and last words', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod()
  lab.start(props)
  for (const attempt of [0, 1, 2]) {
    await lab.until(`attempt ${attempt}`, () => lab.engine.running().includes(`app-${attempt}`), 60_000, 500)
    const [file] = [...lab.engine.containers.values()].at(-1)?.mounts.filter((mount) => mount.containerPath === '/dev/termination-log') ?? []
    await writeFile(file?.hostPath ?? '', `end ${attempt}`)
    lab.engine.exit('app', 1)
  }
  await lab.until('the backoff', () => lab.container('app')?.state?.waiting?.reason === 'CrashLoopBackOff')
  const before = structuredClone(lab.container('app'))
  const status = reported(lab, props)
  lab.reports.length = 0
  await lab.restart(status)
  await lab.until('its report', () => lab.reports.length > 0)
  assert.deepEqual(lab.container('app'), before)
  assert.equal(before?.lastState?.terminated?.message, 'end 2')
  await lab.pass(15_000)
  assert.deepEqual(lab.engine.running(), [], 'the third delay is 20 s')
  await lab.until('attempt 3', () => lab.engine.running().includes('app-3'), 10_000)
})

test('a pod that had ended stays as it was, and is not begun anew', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod({ restartPolicy: 'Never' })
  lab.start(props)
  await lab.until('it runs', () => lab.engine.running().length === 1)
  lab.engine.exit('app', 3)
  await lab.until('Failed', () => lab.status?.phase === 'Failed')
  const status = structuredClone(lab.status)
  lab.engine.containers.clear()
  await lab.restart(reported(lab, props))
  await lab.pass(60_000)
  assert.deepEqual(lab.status, status)
  assert.equal(lab.engine.calls.filter((call) => call.startsWith('createContainer')).length, 1)
})
