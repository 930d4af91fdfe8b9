import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { RunningControlPlane } from '../controlplane/start.ts'
import { answerLimit, readText } from '../kube/answers/body.ts'
import { refusal, unreached } from '../kube/status-error.ts'

/** A container's log by way of the API server and the node. Throws `KubeError` with what the server says. */
export async function readLog(
  server: Pick<RunningControlPlane, 'url' | 'caPem' | 'admin'>,
  pod: { readonly namespace: string; readonly name: string },
  container: string,
  previous: boolean,
): Promise<string> {
  const [namespace, name] = [pod.namespace, pod.name].map(encodeURIComponent)
  const url = `${server.url}/api/v1/namespaces/${namespace}/pods/${name}/log?${new URLSearchParams({ container, previous: String(previous) })}`
  const { certPem: cert, keyPem: key } = server.admin
  const asked = request(url, { ca: server.caPem, cert, key, agent: false })
  asked.end()
  let answer: IncomingMessage
  let text: string
  try {
    ;[answer] = await once(asked, 'response')
    text = await readText(answer, answerLimit)
  } catch (cause) {
    asked.destroy()
    throw unreached(server.url, cause)
  }
  const { statusCode = 0 } = answer
  if (statusCode >= 300) throw refusal(statusCode, text, undefined, 0)
  return text
}
