import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { issueServing, makeAuthority } from '../../../../src/controlplane/pki/authority.ts'
import type { Json } from './widgets.ts'

/** A conversion webhook on this machine. `convert` makes one object of another version; `answer` is what of the response is to be otherwise. */
export async function convertingServer(convert: (object: Json, apiVersion: string) => Json, answer: (objects: Json[]) => Json = () => ({})) {
  const authority = await makeAuthority('webhook-ca', Date.now())
  const serving = await issueServing(authority, 'webhook', [], ['127.0.0.1'], Date.now())
  const reviews: { readonly desired: string; readonly objects: number }[] = []
  const server = createServer({ cert: serving.certPem, key: serving.keyPem })
  server.on('request', async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { apiVersion, request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as {
      apiVersion: string
      request: { uid: string; desiredAPIVersion: string; objects: Json[] }
    }
    reviews.push({ desired: asked.desiredAPIVersion, objects: asked.objects.length })
    const convertedObjects = asked.objects.map((object) => convert(object, asked.desiredAPIVersion))
    const body = {
      kind: 'ConversionReview',
      apiVersion,
      response: { uid: asked.uid, result: { status: 'Success' }, convertedObjects, ...answer(asked.objects) },
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    reviews,
    clientConfig: { url: `https://127.0.0.1:${port}/convert`, caBundle: Buffer.from(authority.certPem).toString('base64') },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
