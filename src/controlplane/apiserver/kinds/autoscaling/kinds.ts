import type { Kind } from '../kind.ts'
import { horizontalPodAutoscalers } from './horizontal-pod-autoscalers.ts'
import { horizontalPodAutoscalersV1 } from './horizontal-pod-autoscalers-v1.ts'

export const autoscalingKinds: readonly Kind[] = [horizontalPodAutoscalers, horizontalPodAutoscalersV1]
