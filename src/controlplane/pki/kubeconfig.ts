import { writeYaml } from '../../yaml/write-yaml.ts'
import type { KeyPair } from './authority.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig (YAML) with everything inline: the server, its CA, and a client certificate or token under the name `user`. */
export function kubeconfig(url: string, caPem: string, user: string, client: KeyPair | { readonly token: string }): string {
  const credentials =
    'token' in client ? { token: client.token } : { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(client.keyPem) }
  return writeYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'podsteward', cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: 'podsteward', context: { cluster: 'podsteward', user } }],
    'current-context': 'podsteward',
    preferences: {},
  })
}
