import { int32, type Method, string } from './table.ts'

/** grpc.health.v1.Health/Check. */
export const healthCheck = {
  path: '/grpc.health.v1.Health/Check',
  request: { service: string(1) },
  response: { status: int32(1) },
} as const satisfies Method

/** grpc.health.v1.HealthCheckResponse.ServingStatus, by its number. */
export const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const
