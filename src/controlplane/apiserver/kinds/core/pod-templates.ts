import { isDeepStrictEqual } from 'node:util'
import type { PodTemplate } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { validatePodTemplate } from '../../../../kube/validation/pod-template-validation.ts'
import { column, printer } from '../../table/columns.ts'
import { nameOf } from '../../table/generic.ts'
import { labelsCell, templateCells } from '../../table/templates.ts'
import { defineKind } from '../kind.ts'
import { podSpecWarnings } from './pod-warnings.ts'

/** core/v1 PodTemplate. */
export const podTemplates = defineKind<PodTemplate>({
  resource: 'podtemplates',
  kind: 'PodTemplate',
  namespaced: true,
  returnsDeleted: true,
  generation: (next, previous) => !isDeepStrictEqual((next as PodTemplate).template, (previous as PodTemplate).template),
  printer: printer<PodTemplate>([column('Name'), column('Containers'), column('Images'), column('Pod Labels')], ({ metadata, template }) => [
    nameOf({ metadata }),
    ...templateCells(template),
    labelsCell(template?.metadata?.labels),
  ]),
  defaults({ template }) {
    if (template?.spec) defaultPodSpec(template.spec)
  },
  validate: ({ template }) => validatePodTemplate('template', template),
  warnings: ({ template, metadata }, previous) =>
    previous && metadata?.generation === previous.metadata?.generation ? [] : podSpecWarnings('template', template),
})
