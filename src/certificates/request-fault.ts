import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const pemRequest = /-----BEGIN CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----/

/** Why a PEM text is no certificate request (PKCS#10), in the words of a kube-apiserver; undefined when it is one. */
export function requestFault(pem: string): string | undefined {
  const [block] = pemRequest.exec(pem) ?? []
  if (block === undefined || pem.indexOf('-----BEGIN ') !== pem.indexOf(block)) return 'PEM block type must be CERTIFICATE REQUEST'
  try {
    new x509.Pkcs10CertificateRequest(block)
    return undefined
  } catch (error) {
    return `asn1: structure error: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Why a PEM text is no list of certificates, in the words of a kube-apiserver; undefined when it is one, or empty. */
export function certificatesFault(pem: string): string | undefined {
  if (pem === '') return undefined
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)]
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  for (const [block, type, body = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`
    if (body.includes(':')) return 'no PEM block headers are permitted'
    try {
      new x509.X509Certificate(block)
    } catch (error) {
      return `x509: malformed certificate: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return undefined
}
