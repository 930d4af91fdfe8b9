import type * as client from '@kubernetes/client-node'
import type { Wire } from '../../../kube/objects.ts'
import type { Attributes, User } from '../auth/user.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { belongsTo, inOrderOfPrecedence, type Schema } from './classify.ts'

interface Known extends Schema {
  readonly uid: string
  readonly level: string
}

/** Tells by which FlowSchema and priority level a request is counted, as a kube-apiserver's answers do. Requests are limited by other rules here. */
export class FlowHeaders implements Disposable {
  readonly #store: ObjectStore
  readonly #unsubscribe: () => void
  #known: readonly Known[] | undefined

  constructor(store: ObjectStore) {
    this.#store = store
    this.#unsubscribe = store.collection('flowschemas').subscribe({
      onEvent: () => {
        this.#known = undefined
      },
    })
  }

  /** The headers of an answer; none before there are schemas. */
  of(user: User, asked: Attributes): Readonly<Record<string, string>> {
    this.#known ??= this.#read()
    const schema = this.#known.find((each) => belongsTo(each, user, asked))
    const level = schema && this.#store.get('prioritylevelconfigurations', schema.level)
    if (!schema || !level) return {}
    return { 'x-kubernetes-pf-flowschema-uid': schema.uid, 'x-kubernetes-pf-prioritylevel-uid': level.object.metadata?.uid ?? '' }
  }

  #read(): Known[] {
    const schemas = [...this.#store.collection('flowschemas').all.inOrder()].map(({ object }) => object as Wire<client.V1FlowSchema>)
    return inOrderOfPrecedence(
      schemas.map(({ metadata, spec }) => ({
        name: metadata?.name ?? '',
        uid: metadata?.uid ?? '',
        precedence: spec?.matchingPrecedence ?? 1000,
        rules: (spec?.rules ?? []) as Schema['rules'],
        level: spec?.priorityLevelConfiguration.name ?? '',
      })),
    )
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }
}
