import type { LogOptions } from '../engine/engine.ts'

/** What `/containerLogs/{namespace}/{pod}/{container}?…` asks for. */
export interface LogQuery {
  readonly options: LogOptions
  readonly previous: boolean
}

/** Why it cannot be answered: 400 for what cannot be read, 422 for what makes no sense. */
export interface BadLogQuery {
  readonly status: 400 | 422
  readonly complaint: string
}

/** Parses PodLogOptions as the kubelet does, its older `tail` too. `now` is wall-clock ms. */
export function parseLogQuery(query: URLSearchParams, now: number): LogQuery | BadLogQuery {
  const complaints: BadLogQuery[] = []
  const count = (name: string, text: string | null, least: number): number | undefined => {
    if (text === null) return undefined
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= least) return value
    complaints.push({
      status: /^-?\d+$/.test(text) ? 422 : 400,
      complaint: `${name}: Invalid value: ${JSON.stringify(text)}: must be a whole number of at least ${least}`,
    })
    return undefined
  }
  const tail = query.get('tail') ?? query.get('tailLines')
  const tailLines = count('tailLines', tail === 'all' ? null : tail, 0)
  const limitBytes = count('limitBytes', query.get('limitBytes'), 1)
  const sinceSeconds = count('sinceSeconds', query.get('sinceSeconds'), 1)
  const sinceTime = query.get('sinceTime')
  const since = sinceTime === null ? (sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000) : Date.parse(sinceTime)
  if (Number.isNaN(since)) complaints.push({ status: 400, complaint: `sinceTime: Invalid value: ${JSON.stringify(sinceTime)}: must be an RFC 3339 time` })
  if (sinceTime !== null && sinceSeconds !== undefined) complaints.push({ status: 422, complaint: 'sinceTime, sinceSeconds: at most one of them may be given' })
  const stream = query.get('stream') ?? 'All'
  // kubelet 1.32: PodLogsQuerySplitStreams is off.
  if (stream !== 'All')
    complaints.push({ status: 400, complaint: `stream: Invalid value: ${JSON.stringify(stream)}: this node gives both streams together, as "All"` })
  const [complaint] = complaints
  if (complaint) return complaint
  return {
    previous: query.get('previous') === 'true',
    options: {
      follow: query.get('follow') === 'true',
      timestamps: query.get('timestamps') === 'true',
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(limitBytes === undefined ? {} : { limitBytes }),
      ...(since === undefined ? {} : { since }),
    },
  }
}
