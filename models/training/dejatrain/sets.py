"""The data sets: licence, whether the clean model may learn from them, and what they are used for.

`clean` is True only where the licence column of the data's README names a licence that allows
commercial use of derived works. Unknown, non-commercial and research-only sets, and everything
that holds Quora's texts, are for the full model alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataSet:
    kind: str  # pairs, clusters or prompts: the folder
    name: str
    licence: str
    clean: bool
    english: bool = True  # the teacher reads English only
    labels: bool = True  # False: its texts are distilled, its labels are not learned


def _pairs(name, licence, clean, english=True, labels=True):
    return DataSet("pairs", name, licence, clean, english, labels)


QUORA = "Quora terms, non-commercial"
TRAINING = [
    _pairs("qqp.dev", QUORA, False),
    _pairs("gptcache_qqp_full", "repository MIT, text Quora", False),
    _pairs("paws_wiki.dev", "free use, acknowledge Google", True),
    _pairs("pawsx_en.dev", "free use, acknowledge Google", True),
    _pairs("pawsx_de.dev", "free use, acknowledge Google", True, english=False),
    _pairs("pawsx_es.dev", "free use, acknowledge Google", True, english=False),
    _pairs("pawsx_fr.dev", "free use, acknowledge Google", True, english=False),
    _pairs("pawsx_ja.dev", "free use, acknowledge Google", True, english=False),
    _pairs("pawsx_ko.dev", "free use, acknowledge Google", True, english=False),
    _pairs("pawsx_zh.dev", "free use, acknowledge Google", True, english=False),
    _pairs("stsb.train", "CC BY-SA 4.0", True),
    _pairs("stsb.dev", "CC BY-SA 4.0", True),
    _pairs("msrp.train", "Microsoft Shared Source", False),
    _pairs("msrp.val", "Microsoft Shared Source", False),
    _pairs("msrp.test", "Microsoft Shared Source", False),
    _pairs("sick.train", "CC BY-NC-SA 3.0", False),
    _pairs("sick.trial", "CC BY-NC-SA 3.0", False),
    _pairs("mqr.dev", "CC BY-SA 4.0", True),
    _pairs("text2sql_geography", "unknown", False),
    _pairs("text2sql_atis", "unknown", False),
    _pairs("parade.train", "unknown", False),
    _pairs("parade.validation", "unknown", False),
    _pairs("bq_corpus.dev", "research only", False, english=False),
    _pairs("atec.train", "unknown", False, english=False),
    _pairs("cannot_negated", "CC BY-SA 4.0", True),
    _pairs("semeval_cqa.train2", "unknown", False),
    _pairs("canard_refs", "CC BY-SA 4.0", True),
    _pairs("covid_faq_sim_de", "Apache-2.0", True, english=False),
    _pairs("overnight_basketball.train", "unknown", False),
    _pairs("overnight_basketball.test", "unknown", False),
    _pairs("overnight_blocks.train", "unknown", False),
    _pairs("overnight_blocks.test", "unknown", False),
    _pairs("tatoeba_deu_en", "CC BY 2.0 FR", True, english=False),
    _pairs("tatoeba_fra_en", "CC BY 2.0 FR", True, english=False),
    _pairs("tatoeba_spa_en", "CC BY 2.0 FR", True, english=False),
    _pairs("tatoeba_cmn_en", "CC BY 2.0 FR", True, english=False),
    _pairs("tatoeba_jpn_en", "CC BY 2.0 FR", True, english=False),
    _pairs("semantoneg.dev", "CC BY-SA 4.0", True),
]
# Clusters and prompts are distilled only: an intent is not one answer.
TRAINING += [
    DataSet("clusters", name, licence, clean, True, False)
    for name, licence, clean in [
        ("osschat", "unknown", False),
        ("clinc150.train", "CC BY 3.0", True),
        ("clinc150.val", "CC BY 3.0", True),
        ("clinc150.oos_train", "CC BY 3.0", True),
        ("clinc150.oos_val", "CC BY 3.0", True),
        ("hwu64.train", "CC BY 4.0", True),
        ("hwu64.valid", "CC BY 4.0", True),
        ("snips", "CC0", True),
        ("nlueval_askubuntu", "CC BY-SA 3.0", True),
        ("nlueval_chatbot", "CC BY-SA 3.0", True),
        ("nlueval_webapplications", "CC BY-SA 3.0", True),
        ("multiprompt.dev", "CDLA-Permissive-2.0", True),
    ]
]
TRAINING += [
    DataSet("prompts", name, licence, clean, True, False)
    for name, licence, clean in [
        ("mt_bench", "Apache-2.0", True),
        ("vicuna80", "Apache-2.0", True),
        ("alpaca_en_demo", "unknown or non-commercial", False),
        ("alpaca_eval", "unknown or non-commercial", False),
        ("alpaca_seed_tasks", "Apache-2.0", True),
        ("self_instruct_user", "Apache-2.0", True),
        ("ifeval", "Apache-2.0", True),
        ("spec_bench", "Apache-2.0", True),
        ("flask", "unknown or non-commercial", False),
        ("koala_test", "Apache-2.0", True),
        ("wizardlm_test", "unknown or non-commercial", False),
        ("code_alpaca_2k", "unknown or non-commercial", False),
        ("code_alpaca_new", "unknown or non-commercial", False),
        ("instruction_wild_v2", "unknown or non-commercial", False),
        ("oasst1_labeled", "Apache-2.0", True),
        ("oasst_en100", "Apache-2.0", True),
        ("dolly_labeled", "CC BY-SA 3.0", True),
        ("awesome_prompts_en", "CC0", True),
        ("gsm8k_train", "MIT", True),
        ("cough_user_queries", "unknown or non-commercial", False),
    ]
]

# Whole domains that no model of this project learns from; their texts are also struck out of the
# sets above. clusters/text2sql.dev and clusters/overnight.dev hold the same questions: not used.
HELD_OUT = [
    _pairs("medical_rqe.train", "CC BY 4.0", True),
    _pairs("gptcache_mock", "MIT", True),
    _pairs("checklist_qqp_mft", "MIT", True),
    _pairs("checklist_qqp_real.dev", "repository MIT, text Quora", False),
    _pairs("text2sql_restaurants", "unknown", False),
    _pairs("text2sql_scholar", "unknown", False),
    _pairs("overnight_calendar.train", "unknown", False),
    _pairs("overnight_calendar.test", "unknown", False),
    _pairs("overnight_housing.train", "unknown", False),
    _pairs("overnight_housing.test", "unknown", False),
    _pairs("lcqmc.dev", "research only", False, english=False),
]
HELD_OUT_CLUSTERS = ["banking77.train", "hint3_curekart.train", "hint3_curekart.test"]
