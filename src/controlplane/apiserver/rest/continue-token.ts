import { badRequest } from './status-errors.ts'

/** Where a list goes on: after that id, at that revision; -1: at the present one, whatever has changed. */
export interface ContinueFrom {
  readonly revision: number
  readonly after: string
}

/** As the real server writes it: version of the format, revision, key to start from. */
export function encodeContinue({ revision, after }: ContinueFrom): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${after}\u0000` })).toString('base64url')
}

/** Throws a 400 for what is none, or comes with a resourceVersion. */
export function decodeContinue(token: string, resourceVersion: string | undefined): ContinueFrom {
  if (resourceVersion && resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue')
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>
    const known = v === 'meta.k8s.io/v1' && Number.isSafeInteger(rv) && rv !== 0 && typeof start === 'string'
    if (known) return { revision: Math.max(rv as number, -1), after: start.replaceAll('\u0000', '') }
  } catch {
    // Not ours: refused below.
  }
  throw badRequest('continue key is not valid: encoding is not valid')
}
