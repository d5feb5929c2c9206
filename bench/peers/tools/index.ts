/** Lists the tools. */
import { goTools } from './go.ts';
import { highwaterTools } from './highwater.ts';
import { javaTools } from './java.ts';
import { openMessagingTool } from './openmessaging.ts';
import { rdkafkaTool } from './rdkafka.ts';
import type { Tool } from './tool.ts';

export const tools: readonly Tool[] = [...javaTools, rdkafkaTool, ...goTools, openMessagingTool, ...highwaterTools];
