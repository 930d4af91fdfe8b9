import { ServingError } from './serving-error.ts'

/** Named checks, each answering whether all is well. */
export type HealthChecks = Readonly<Record<string, () => boolean>>

/** A kubelet's own: it answers, it can write its log, its main loop goes round. */
export const healthChecks = (healthy: () => boolean): HealthChecks => ({ ping: () => true, log: () => true, syncloop: healthy })

/**
 * What `/healthz[/{check}]` answers, as Kubernetes' servers do: `ok`, or line by line with `?verbose`; `?exclude=` leaves a check out.
 * Throws a 500 that names what failed, a 404 for an unknown check.
 */
export function healthzAnswer(checks: HealthChecks, path: readonly string[], query: URLSearchParams): string {
  const [name, ...more] = path
  if (name !== undefined) {
    // Not what every object has by inheritance.
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (!check || more.length > 0) throw new ServingError(404, '404 page not found')
    if (!check()) throw new ServingError(500, `internal server error: ${name} failed\n`)
    return 'ok'
  }
  const excluded = new Set(query.getAll('exclude'))
  const asked = Object.entries(checks).filter(([each]) => !excluded.has(each))
  const results = asked.map(([each, check]) => [each, check()] as const)
  const lines = results.map(([each, well]) => (well ? `[+]${each} ok\n` : `[-]${each} failed: reason withheld\n`)).join('')
  if (results.some(([, well]) => !well)) throw new ServingError(500, `${lines}healthz check failed\n`)
  return query.has('verbose') ? `${lines}healthz check passed\n` : 'ok'
}
