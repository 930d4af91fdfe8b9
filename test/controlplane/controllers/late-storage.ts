import type { ApiBackend, ObservedChange } from '../../../src/controlplane/apiserver/rest/backend.ts'
import type { ReplicaSetOptions } from '../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { Informers } from '../../../src/controlplane/controllers/runtime/informer.ts'

/** The same with a storage of its own (etcd), which tells of a write some turns after it: what is there at first is told at once, every change late, in order. */
export function toldLate(options: ReplicaSetOptions, turns: () => number): ReplicaSetOptions {
  let last: Promise<void> = Promise.resolve()
  const late = (tell: () => void) => {
    last = last.then(async () => {
      for (let turn = turns(); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
      tell()
    })
  }
  const observe: ApiBackend['observe'] = (resource, tell) => {
    let isFirst = true
    const stop = options.backend.observe(resource, (change: ObservedChange) => (isFirst ? tell(change) : late(() => tell(change))))
    isFirst = false
    return stop
  }
  const backend = new Proxy(options.backend, {
    get: (target, name) => {
      if (name === 'observe') return observe
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { ...options, backend, informers: new Informers(backend, options.signal) }
}
