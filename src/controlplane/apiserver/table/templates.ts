import { isEmptySelector } from '../../../kube/label-selector.ts'
import type { PodTemplateSpec } from '../../../kube/objects.ts'
import { selectorText } from '../../../kube/selector-text.ts'
import type { LabelSelectorLike } from '../../../kube/validation/label-selector-validation.ts'
import { type Column, column } from './columns.ts'

/** A column of whole numbers. */
export const numbers = (title: string): Column => column(title, 0, 'integer')
/** The Containers and Images columns of a kind with a template of pods; they show with `-o wide`. */
export const templateColumns = [column('Containers', 1), column('Images', 1)]

/** Their cells. */
export function templateCells(template: PodTemplateSpec | undefined): [containers: string, images: string] {
  const containers = template?.spec?.containers ?? []
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image ?? '').join(',')]
}

/** A selector's cell (meta/v1 FormatLabelSelector). */
export const selectorCell = (selector: LabelSelectorLike | undefined): string => (!selector || isEmptySelector(selector) ? '<none>' : selectorText(selector))

/** Labels' cell (labels.FormatLabels): by key. */
export const labelsCell = (labels: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',') || '<none>'
