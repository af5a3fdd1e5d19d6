/** Applications whose tables Coppice knows how to map. */
export const presetNames = [
  'mem0',
  'langchain',
  'llamaindex',
  'langgraph_store',
  'langgraph_checkpoints',
  'letta_passages',
] as const;

export type PresetName = (typeof presetNames)[number];
