import type { Clock } from '../../../base/clock.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { WriteContext } from '../rest/environment.ts'
import type { LocalBackend } from '../rest/local-backend.ts'
import { badRequest } from '../rest/status-errors.ts'
import { fieldManagerOf, fieldValidationOf, type ResourceRequest } from './request.ts'
import { Warnings } from './warnings.ts'

/** With what a write that a request asks for is done: by whom, how strictly, as a trial or not. Throws a 400. */
export function writeContext(
  { request, response, query, user, definition, audit }: ResourceRequest,
  { clock, backend }: { readonly clock: Clock; readonly backend: LocalBackend },
  dryRun: readonly string[] = query.getAll('dryRun'),
): WriteContext {
  if (dryRun.some((value) => value !== 'All')) throw badRequest('dryRun: Unsupported value: supported values: "All"')
  const warnings = warningsFor(definition)
  return {
    user,
    fieldManager: fieldManagerOf(request, query),
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidationOf(query),
    now: clock.wall(),
    backend,
    warn(message) {
      if (warnings.add(message) && !response.headersSent) response.setHeader('warning', warnings.headers())
    },
    ...(audit && { annotate: (key: string, value: string) => audit.annotate(key, value) }),
  }
}

/** The warnings of an answer, begun with what everyone is warned of. */
export function warningsFor({ deprecation = '' }: ResourceDefinition): Warnings {
  const warnings = new Warnings()
  warnings.add(deprecation)
  return warnings
}
