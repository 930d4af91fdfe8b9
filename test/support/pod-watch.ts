import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Pod } from '../../src/kube/objects.ts'

/** Every state of every pod that a watcher of the API sees, in order, from the moment it is opened. Pods are told apart by uid. */
export class PodWatch implements Disposable {
  readonly #process: ChildProcess
  readonly #seen: Pod[] = []
  readonly #times: { readonly name: string | undefined; readonly type: string; readonly phase: string | undefined; readonly at: number }[] = []

  constructor(kubeconfig: string) {
    this.#process = spawn('kubectl', ['--kubeconfig', kubeconfig, 'get', '--raw', '/api/v1/namespaces/default/pods?watch=true'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    if (!this.#process.stdout) throw new Error('kubectl has no stdout')
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as { type: string; object: Pod }
      if (event.type === 'BOOKMARK' || event.type === 'ERROR') return
      const { metadata, status } = event.object
      this.#times.push({ name: metadata?.name, type: event.type, phase: status?.phase, at: Date.now() })
      this.#seen.push(event.object)
    })
  }

  /** When the watcher first saw the pod, first saw it run, and saw it go, in wall-clock milliseconds; undefined for what was not seen. */
  timesOf(name: string): { readonly came?: number; readonly running?: number; readonly gone?: number } {
    const own = this.#times.filter((each) => each.name === name)
    const running = own.find(({ phase }) => phase === 'Running')
    return { came: own[0]?.at, running: running?.at, gone: own.find(({ type }) => type === 'DELETED')?.at }
  }

  /** The states of one pod by its name, or of the one with that uid. */
  of(name: string, uid?: string): readonly Pod[] {
    return this.#seen.filter(({ metadata }) => metadata?.name === name && (uid === undefined || metadata?.uid === uid))
  }

  /** What was wrong in the order of states: a terminal phase that reversed, a count that went back, a time that moved without a change. */
  faults(): string[] {
    const faults: string[] = []
    const last = new Map<string, Pod>()
    for (const pod of this.#seen) {
      const uid = pod.metadata?.uid ?? ''
      const before = last.get(uid)
      if (before) faults.push(...faultsBetween(before, pod).map((fault) => `${pod.metadata?.name}: ${fault}`))
      last.set(uid, pod)
    }
    return faults
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL')
  }
}

function faultsBetween(before: Pod, after: Pod): string[] {
  const faults: string[] = []
  const phases = [before.status?.phase, after.status?.phase]
  if ((phases[0] === 'Succeeded' || phases[0] === 'Failed') && phases[0] !== phases[1]) faults.push(`phase went from ${phases.join(' to ')}`)
  if (phases[0] === 'Running' && phases[1] === 'Pending') faults.push('phase went from Running back to Pending')
  if (before.status?.startTime && before.status.startTime !== after.status?.startTime) faults.push('startTime moved')
  const all = ({ status }: Pod) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  for (const earlier of all(before)) {
    const later = all(after).find(({ name }) => name === earlier.name)
    if ((later?.restartCount ?? 0) < earlier.restartCount)
      faults.push(`restartCount of ${earlier.name} went from ${earlier.restartCount} to ${later?.restartCount}`)
  }
  for (const earlier of before.status?.conditions ?? []) {
    const later = after.status?.conditions?.find(({ type }) => type === earlier.type)
    if (!later) faults.push(`condition ${earlier.type} is gone`)
    else if (later.type === 'Ready' && later.status === 'True' && (later.reason || later.message)) faults.push(`Ready is True and says ${later.message}`)
    else if (later.status === earlier.status && later.lastTransitionTime !== earlier.lastTransitionTime)
      faults.push(`${earlier.type} did not change, its time did`)
  }
  return faults
}
