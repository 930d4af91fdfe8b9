import type { ControllerRevision, PodTemplateSpec } from '../../../kube/objects.ts'
import { canonicalText } from './canonical-text.ts'

/** The label of a pod that says which revision of its set it was made from. */
export const revisionLabel = 'controller-revision-hash'

/** What a revision keeps of a set: the strategic merge patch that brings its template back, which is what `kubectl rollout undo` sends. */
export const dataOf = (template: PodTemplateSpec): object => ({ spec: { template: { ...template, $patch: 'replace' } } })

// Of what is stored, which never changes: a set is looked at far more often than it is written.
const texts = new WeakMap<object, string>()

function kept(value: object, text: () => string): string {
  const known = texts.get(value) ?? text()
  texts.set(value, known)
  return known
}

/** The text of the data of a template's revision. */
export const textOf = (template: PodTemplateSpec): string => kept(template, () => canonicalText(dataOf(template)))

/** The template that a revision keeps; none in one that keeps something else. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const stored = (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined)?.spec?.template
  if (!stored) return undefined
  const { $patch: _, ...template } = stored
  return template
}

export function hasData({ data }: ControllerRevision, text: string): boolean {
  const object: unknown = data
  return typeof object === 'object' && object !== null && kept(object, () => canonicalText(object)) === text
}

/** Oldest first: by number, then by age, then by name. */
export const inOrder = (revisions: Iterable<ControllerRevision>): ControllerRevision[] =>
  [...revisions].toSorted((a, b) => numberOf(a) - numberOf(b) || createdAt(a) - createdAt(b) || ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1))

export const numberOf = ({ revision }: ControllerRevision): number => Number(revision ?? 0)
const createdAt = ({ metadata }: ControllerRevision) => Date.parse(metadata?.creationTimestamp ?? '') || 0

// The longest name less the longest hash and what upstream leaves beside it.
const longestPrefix = 223

export const revisionName = (owner: string, hash: string): string => `${owner.slice(0, longestPrefix)}-${hash}`

/** How a set comes to the revision of its present template. */
export type Choice =
  | { readonly do: 'keep'; readonly revision: ControllerRevision }
  /** It was rolled back: what was before becomes the newest. */
  | { readonly do: 'renumber'; readonly revision: ControllerRevision; readonly number: number }
  | { readonly do: 'create'; readonly number: number }

export interface Chosen {
  readonly choice: Choice
  /** Others that keep the same. */
  readonly duplicates: readonly ControllerRevision[]
}

/** Of all revisions of a set, in their order: which one keeps the state of this text. */
export function choose(revisions: readonly ControllerRevision[], text: string): Chosen {
  const equal = revisions.filter((revision) => hasData(revision, text))
  const newest = revisions.reduce((most, revision) => (equal.includes(revision) ? most : Math.max(most, numberOf(revision))), 0)
  const revision = equal.at(-1)
  if (!revision) return { choice: { do: 'create', number: newest + 1 }, duplicates: [] }
  const choice: Choice = numberOf(revision) > newest ? { do: 'keep', revision } : { do: 'renumber', revision, number: newest + 1 }
  return { choice, duplicates: equal.slice(0, -1) }
}

/** Of revisions in their order, the oldest so many that nothing uses. */
export const oldestUnused = (
  revisions: readonly ControllerRevision[],
  count: number,
  isUsed: (revision: ControllerRevision) => boolean,
): readonly ControllerRevision[] => revisions.filter((revision) => !isUsed(revision)).slice(0, Math.max(0, count))
