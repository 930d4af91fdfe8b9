import type { LogOptions } from '../engine/engine.ts'

/** What `/containerLogs/{namespace}/{pod}/{container}?…` asks for. */
export interface LogQuery {
  readonly options: LogOptions
  readonly previous: boolean
}

/** Parses PodLogOptions as the kubelet does; a string is the complaint for a 400 or 422. `now` is wall-clock ms. */
export function parseLogQuery(query: URLSearchParams, now: number): LogQuery | string {
  const count = (name: string, least: number): number | undefined | string => {
    const text = query.get(name)
    if (text === null || (name === 'tailLines' && text === 'all')) return undefined
    return /^\d+$/.test(text) && Number(text) >= least
      ? Number(text)
      : `${name}: Invalid value: ${JSON.stringify(text)}: must be a whole number of at least ${least}`
  }
  const tailLines = count('tailLines', 0)
  const limitBytes = count('limitBytes', 1)
  const sinceSeconds = count('sinceSeconds', 1)
  for (const value of [tailLines, limitBytes, sinceSeconds]) if (typeof value === 'string') return value
  const sinceTime = query.get('sinceTime')
  if (sinceTime !== null && sinceSeconds !== undefined) return 'sinceTime, sinceSeconds: at most one of them may be given'
  const since = sinceTime === null ? (sinceSeconds === undefined ? undefined : now - Number(sinceSeconds) * 1000) : Date.parse(sinceTime)
  if (Number.isNaN(since)) return `sinceTime: Invalid value: ${JSON.stringify(sinceTime)}: must be an RFC 3339 time`
  return {
    previous: query.get('previous') === 'true',
    options: {
      follow: query.get('follow') === 'true',
      timestamps: query.get('timestamps') === 'true',
      ...(tailLines === undefined ? {} : { tailLines: Number(tailLines) }),
      ...(limitBytes === undefined ? {} : { limitBytes: Number(limitBytes) }),
      ...(since === undefined ? {} : { since }),
    },
  }
}
