import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ContainerEngine } from '../engine/engine.ts'
import { uidOf } from '../kube/ids.ts'
import type { Pod } from '../kube/objects.ts'
import { podAt, runningContainer } from './addressed-pod.ts'
import { readText } from './request-body.ts'
import { ServingError } from './serving-error.ts'

/** CRI's answer to ExecSync is cut at that many bytes. */
const largestOutput = 16 << 20

/**
 * `POST /run/{namespace}/{pod}[/{uid}]/{container}?cmd=…`: runs a command to its end and answers what it wrote, standard output first. The command is
 * split at spaces; it may be in a form's body too (`curl -d cmd=ls`). One that fails is a 500 in the words of a kubelet.
 */
export async function serveRun(
  engine: ContainerEngine,
  pods: readonly Pod[],
  parts: readonly string[],
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pod, container } = podAt(pods, parts)
  const form = /^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '') ? new URLSearchParams(await readText(request)) : undefined
  const line = form?.get('cmd') ?? query.get('cmd') ?? ''
  const command = line.split(' ').filter((word) => word !== '')
  if (command.length === 0) throw new ServingError(400, 'cmd is missing: give the command to run, such as ?cmd=ls')
  const target = await runningContainer(engine, uidOf(pod), container)
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Error('the caller is gone')))
  const { exitCode, stdout, stderr } = await engine.exec(target.id, command, { maxOutputBytes: largestOutput, signal: gone.signal })
  if (exitCode !== 0) throw new ServingError(500, `command '${line}' exited with ${exitCode}: ${stderr}`)
  response.writeHead(200, { 'content-type': 'application/json' }).end(stdout + stderr)
}
