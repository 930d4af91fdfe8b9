import type { Kind } from '../kind.ts'
import { certificateSigningRequests } from './certificate-signing-requests.ts'

export const certificatesKinds: readonly Kind[] = [certificateSigningRequests]
