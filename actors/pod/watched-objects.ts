import { objectRefs } from './object-refs.ts'
import type { PodScope } from './scope.ts'

/** The Secrets and ConfigMaps that the node watches for this pod, as its spec names them. */
export class WatchedObjects {
  readonly #scope: PodScope
  #asked = ''

  constructor(scope: PodScope) {
    this.#scope = scope
  }

  /** Asks for those of the present spec, if they are others than before. */
  acquire(): void {
    const refs = objectRefs(this.#scope.pod)
    const asked = JSON.stringify(refs)
    if (asked === this.#asked) return
    this.#asked = asked
    this.#scope.tellObjects({ type: 'AcquireObjects', uid: this.#scope.uid, refs }, { patient: refs.length === 0 })
  }

  /** Nothing of the pod is left that needs them. */
  release(): void {
    this.#scope.tellObjects({ type: 'ReleaseObjects', uid: this.#scope.uid }, { patient: true })
  }
}
