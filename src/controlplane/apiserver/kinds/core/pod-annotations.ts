import { own } from '../../../../base/own.ts'
import type { Pod, PodTemplateSpec } from '../../../../kube/objects.ts'
import { type FieldError, forbidden, invalid } from '../../../../kube/validation/field-errors.ts'

const mirror = 'kubernetes.io/config.mirror'
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
const appArmor = 'container.apparmor.security.beta.kubernetes.io/'

/** The annotations of a pod that mean something. */
export function validatePodAnnotations(path: string, { metadata, spec }: Pod | PodTemplateSpec): FieldError[] {
  const annotations = metadata?.annotations
  const errors: FieldError[] = []
  const mirrored = own(annotations, mirror)
  if (mirrored !== undefined && !spec?.nodeName) errors.push(invalid(`${path}[${mirror}]`, mirrored, 'must set spec.nodeName if mirror pod annotation is set'))
  const cost = own(annotations, deletionCost)
  if (cost !== undefined && !isInt32(cost)) errors.push(invalid(`${path}[${deletionCost}]`, cost, 'must be a 32bit integer'))
  const names = new Set([...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])].map(({ name }) => name))
  for (const [key, profile] of Object.entries(annotations ?? {})) {
    if (!key.startsWith(appArmor)) continue
    const name = key.slice(appArmor.length)
    if (!names.has(name)) errors.push(invalid(`${path}[${key}]`, name, 'container not found'))
    if (!['', 'runtime/default', 'unconfined'].includes(profile) && !profile.startsWith('localhost/'))
      errors.push(invalid(`${path}[${key}]`, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`))
  }
  return errors
}

/** Neither a plus nor leading zeros: upstream takes one way of writing only. */
const isInt32 = (text: string) => (text === '0' || /^-?[1-9]\d{0,9}$/.test(text)) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31

/** Annotations that stay as they were made. */
export function validateAnnotationUpdates(next: Pod, previous: Pod): FieldError[] {
  const [now, before] = [next.metadata?.annotations, previous.metadata?.annotations]
  const at = (key: string) => `metadata.annotations[${key}]`
  const kindOf = (key: string) => (key === mirror ? 'mirror pod annotation' : key.startsWith(appArmor) ? 'AppArmor annotations' : undefined)
  const changed = Object.entries(before ?? {}).flatMap(([key, value]) => {
    const kind = own(now, key) === value ? undefined : kindOf(key)
    return kind ? [forbidden(at(key), `may not remove or update ${kind}`)] : []
  })
  const added = Object.keys(now ?? {}).flatMap((key) => {
    const kind = own(before, key) === undefined ? kindOf(key) : undefined
    return kind ? [forbidden(at(key), `may not add ${kind}`)] : []
  })
  return [...changed, ...added]
}
