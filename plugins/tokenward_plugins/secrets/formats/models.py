"""Keys of what serves, trains, searches for and watches models."""

from __future__ import annotations

from tokenward_plugins.secrets.checks import digit_score, mixed_score, openai_score, random_score
from tokenward_plugins.secrets.formats.format import Format, row

UUID = "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"

ROWS: tuple[Format, ...] = (
    row("ANTHROPIC_API_KEY", "sk-ant-", r"(?:api|admin)[0-9]{2,4}-[\w-]{93}AA"),
    row("ANTHROPIC_API_KEY", "sk-ant-", r"(?:oat|ort|sid)[0-9]{2,4}-[\w-]{60,130}"),
    row("CEREBRAS_API_KEY", "csk-", "[a-z0-9]{40,56}", digit_score),
    row("E2B_API_KEY", "e2b_", "[a-f0-9]{40}"),
    row("ELEVENLABS_API_KEY", "sk_", "[a-f0-9]{48}"),
    row("FIRECRAWL_API_KEY", "fc-", "[a-f0-9]{32}"),
    row("FIREWORKS_API_KEY", "fw_", "[A-Za-z0-9]{22,24}", mixed_score),
    row("GROQ_API_KEY", "gsk_", "[A-Za-z0-9]{52}"),
    row("HELICONE_API_KEY", "sk-helicone- pk-helicone-", r"[a-z0-9-]{28,60}", digit_score),
    row("HUGGING_FACE_TOKEN", "hf_", "[A-Za-z0-9]{34,37}"),
    row("HUGGING_FACE_TOKEN", "api_org_", "[A-Za-z]{34}"),
    row("JINA_API_KEY", "jina_", r"[a-f0-9]{32}[\w-]{28}"),
    row("LANGFUSE_KEY", "sk-lf-", UUID),
    row("LANGSMITH_KEY", "lsv2_pt_ lsv2_sk_", "[a-f0-9]{32}_[a-f0-9]{10}"),
    row("LLAMA_CLOUD_KEY", "llx-", "[A-Za-z0-9]{48}"),
    row("NVIDIA_API_KEY", "nvapi-", r"[\w-]{60,70}", digit_score),
    row("OPENAI_API_KEY", "sk-", r"(?!ant-|lf-|or-|helicone-)[\w-]{20,250}", openai_score),
    row("OPENAI_API_KEY", "sess-", "[A-Za-z0-9]{40}", mixed_score),
    row("OPENROUTER_API_KEY", "sk-or-", "v1-[a-f0-9]{64}"),
    row("PERPLEXITY_API_KEY", "pplx-", "[A-Za-z0-9]{48,56}"),
    row("PINECONE_API_KEY", "pcsk_", r"\w{50,80}"),
    row("REPLICATE_TOKEN", "r8_", "[A-Za-z0-9]{37}"),
    row("RUNPOD_API_KEY", "rpa_", "[A-Z0-9]{40,50}[a-z0-9]{0,10}", digit_score),
    row("SALAD_CLOUD_KEY", "salad_cloud_", r"[A-Za-z0-9]{1,7}_[A-Za-z0-9]{24,235}", mixed_score),
    row("TAVILY_API_KEY", "tvly-", "[A-Za-z0-9-]{32,58}", digit_score),
    row("TOGETHER_API_KEY", "tgp_v1_", r"[\w-]{43}", random_score),
    row("VOICEFLOW_API_KEY", "VF.", r"(?:(?:DM|WS)\.)?[a-fA-F0-9]{24}\.[A-Za-z0-9]{16}"),
    row("VOYAGE_API_KEY", "pa-", r"[\w-]{43}", mixed_score),
    row("WANDB_API_KEY", "wandb_v1_", r"[\w-]{40,90}", mixed_score),
    row("XAI_API_KEY", "xai-", "[A-Za-z0-9_]{70,84}"),
)
