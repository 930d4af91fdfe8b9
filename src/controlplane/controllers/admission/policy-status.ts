import type { Policy } from '../../apiserver/admission/policy/policy.ts'
import { typeWarnings } from '../../apiserver/admission/policy/type-checking.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

const resource = 'validatingadmissionpolicies.admissionregistration.k8s.io'

type WithStatus = Policy & { readonly status?: { readonly observedGeneration?: number } }

/** kube-controller-manager's validatingadmissionpolicy-status: says in a policy's status what does not fit the types of the kinds that it is about. */
export async function checkPolicyTypes({ backend, kinds, signal, log }: SchedulerOptions & { readonly kinds: ServedKinds }): Promise<void> {
  const due = new Map<string, WithStatus>()
  let wake = () => {}
  const stop = backend.observe(resource, ({ object, gone }) => {
    const name = object.metadata?.name ?? ''
    const { metadata, status } = object as WithStatus
    if (gone || status?.observedGeneration === metadata?.generation) due.delete(name)
    else due.set(name, object as WithStatus)
    wake()
  })
  const end = () => wake()
  signal.addEventListener('abort', end, { once: true })
  try {
    while (!signal.aborted) {
      const [next] = due
      if (!next) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      const [name, policy] = next
      due.delete(name)
      const expressionWarnings = typeWarnings(policy, kinds.all)
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {}
      // The uid keeps it from one of the same name that came meanwhile.
      const patch = { metadata: { uid: policy.metadata?.uid }, status: { observedGeneration: policy.metadata?.generation, typeChecking } }
      try {
        await unless(
          backend.patch({ resource, name }, 'application/merge-patch+json', patch, { subresource: 'status', fieldManager: 'kube-controller-manager' }),
        )
      } catch (error) {
        log.warn('the types of a policy could not be told in its status', { policy: name, error: String(error) })
      }
    }
  } finally {
    signal.removeEventListener('abort', end)
    stop()
  }
}
