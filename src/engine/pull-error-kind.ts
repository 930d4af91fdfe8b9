import type { EngineErrorKind } from './engine.ts'

/** Why a pull failed, from what the engine says of it. */
export function pullErrorKind(said: string): EngineErrorKind {
  if (/invalid reference format|invalid repository name|must be lowercase/i.test(said)) return 'invalid-image-name'
  // Docker Hub says "repository does not exist or may require 'docker login': denied" for either case.
  if (/unauthorized|authentication required|denied|no basic auth|incorrect username/i.test(said)) return 'image-unauthorized'
  if (/manifest unknown|not found|does not exist|no matching manifest/i.test(said)) return 'image-not-found'
  if (
    /connection refused|no such host|i\/o timeout|TLS handshake|network is unreachable|no route to host|server misbehaving|EOF|Client\.Timeout|x509|HTTP response to HTTPS|50[0-9]/i.test(
      said,
    )
  )
    return 'registry-unavailable'
  return 'internal'
}
