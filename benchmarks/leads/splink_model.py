"""What Splink is told about leads: columns standardised in SQL, comparisons with term frequencies, blocking rules."""

from __future__ import annotations

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import SettingsCreator, block_on

ROLES = "info|sales|contact|office|hello|admin|support|marketing|hr|team|mail|kontakt|email_not_unlocked|noreply"
FREE = (
    "gmail|googlemail|yahoo|hotmail|outlook|icloud|aol|me|gmx|web|t-online|orange|free|libero|uol|mail|yandex|ukr|163|qq"
    "|wp|seznam|rediffmail|naver|live|msn"
)
FORMS = (
    "inc|llc|ltd|limited|gmbh|ag|corp|corporation|co|plc|llp|pty|kg|se|ug|og|sa|sas|sarl|sl|slu|srl|spa|bv|nv|ab|publ|aps"
    "|pvt|private|pte|kk|jsc|ltda|eireli|fze|sae|de cv|sp z o ?o|sti|a s"
)
PREPARED = f"""
CREATE OR REPLACE TABLE prepared AS
WITH spelled AS (
  SELECT *, lower(strip_accents(coalesce(full_name, first_name || ' ' || last_name))) AS said FROM read_parquet(?)
), bare AS (
  SELECT *, regexp_replace(regexp_replace(regexp_replace(said, '^(dr|mr|ms|mrs|prof|ing)[.]? ', ''),
    ',? (phd|mba|cpa|pmp|p[.]e[.]|jr[.]?|sr[.]?)$| [(].*[)]', '', 'g'), '[^a-z, ''-]', '', 'g') AS whole
  FROM spelled
), split AS (
  SELECT *,
    nullif(trim(CASE WHEN whole LIKE '%,%' THEN trim(split_part(whole, ',', 2)) || ' ' || split_part(whole, ',', 1)
                     ELSE whole END), '') AS ordered,
    nullif(regexp_extract(lower(trim(email, ' ''')), '^(mailto:)?([^@+]+)([+][^@]*)?@(.+)$', 2), '') AS mailbox,
    nullif(regexp_extract(lower(trim(email, ' ''')), '@(.+)$', 1), '') AS host,
    nullif(regexp_extract(lower(coalesce(website, '')), '^(?:https?://)?(?:www[.])?([^/?]+)', 1), '') AS site,
    regexp_replace(lower(strip_accents(company)), '[^a-z0-9 &]', '', 'g') AS firm,
    nullif(regexp_extract(linkedin_url, '(ACwAA[A-Za-z0-9_-]+)', 1), '') AS member
  FROM bare
)
SELECT record_id AS unique_id,
  split_part(ordered, ' ', 1) AS first,
  nullif(regexp_replace(ordered, '^[^ ]+ *([a-z][.]? )?', ''), '') AS last,
  CASE WHEN regexp_matches(mailbox, '^({ROLES})$') THEN NULL
       WHEN host IN ('gmail.com', 'googlemail.com') THEN replace(mailbox, '.', '') || '@gmail.com'
       ELSE mailbox || '@' || host END AS email,
  coalesce(site, CASE WHEN NOT regexp_matches(host, '^({FREE})[.]') AND host <> 'domain.com' THEN host END) AS domain,
  nullif(right(regexp_replace(regexp_replace(phone, ' ?(x|ext).*$', ''), '[^0-9]', '', 'g'), 8), '') AS phone,
  CASE WHEN member IS NULL THEN nullif(lower(regexp_extract(linkedin_url, '/in/([^/?#]+)', 1)), '') END AS profile,
  member,
  nullif(trim(regexp_replace(firm, '( ({FORMS}))+$', '')), '') AS company,
  nullif(regexp_replace(lower(strip_accents(city)), '^greater | area$', '', 'g'), '') AS city
FROM split
"""


def settings() -> SettingsCreator:
    """Return the model: comparisons and blocking rules."""
    same_letter = "left(first_l, 1) = left(first_r, 1)"
    no_firm = "(company_l IS NULL OR company_r IS NULL) AND (domain_l IS NULL OR domain_r IS NULL)"
    first = cl.CustomComparison(
        output_column_name="first",
        comparison_levels=[
            cll.NullLevel("first"),
            cll.ExactMatchLevel("first", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("first", 0.92),
            cll.CustomLevel("left(first_l, 3) = left(first_r, 3)", "same beginning"),
            cll.CustomLevel(f"{same_letter} AND least(length(first_l), length(first_r)) <= 2", "initial"),
            cll.CustomLevel("first_l = last_r OR last_l = first_r", "swapped"),
            cll.ElseLevel(),
        ],
    )
    last = cl.CustomComparison(
        output_column_name="last",
        comparison_levels=[
            cll.NullLevel("last"),
            cll.ExactMatchLevel("last", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("last", 0.92),
            cll.CustomLevel("contains(last_l, last_r) OR contains(last_r, last_l)", "part"),
            cll.CustomLevel("first_l = last_r OR last_l = first_r", "swapped"),
            cll.ElseLevel(),
        ],
    )
    company = cl.CustomComparison(
        output_column_name="company",
        comparison_levels=[
            cll.CustomLevel(no_firm).configure(is_null_level=True),
            cll.ExactMatchLevel("domain", term_frequency_adjustments=True),
            cll.ExactMatchLevel("company", term_frequency_adjustments=True),
            cll.CustomLevel("starts_with(company_l, company_r) OR starts_with(company_r, company_l)", "beginning"),
            cll.JaroWinklerLevel("company", 0.9),
            cll.ElseLevel(),
        ],
    )
    email = cl.CustomComparison(
        output_column_name="email",
        comparison_levels=[
            cll.NullLevel("email"),
            cll.ExactMatchLevel("email", term_frequency_adjustments=True),
            cll.CustomLevel("split_part(email_l, '@', 1) = split_part(email_r, '@', 1)", "same mailbox name"),
            cll.JaroWinklerLevel("email", 0.9),
            cll.ElseLevel(),
        ],
    )
    member = cl.CustomComparison(
        output_column_name="member",
        comparison_levels=[
            cll.NullLevel("member"),
            cll.ExactMatchLevel("member"),
            # one person has one member id, so training never sees two of them and cannot learn how much that says
            cll.ElseLevel().configure(m_probability=0.001, fix_m_probability=True),
        ],
    )
    exact = [cl.ExactMatch(name).configure(term_frequency_adjustments=True) for name in ("phone", "profile", "city")]
    rules = [
        block_on("email"),
        block_on("profile"),
        block_on("member"),
        block_on("last", "company"),
        block_on("last", "domain"),
        block_on("first", "company"),
        block_on("first", "domain"),
        block_on("phone", "last"),
        block_on("phone", "first"),
        block_on("first", "last", "city"),
    ]
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[first, last, company, email, member, *exact],
        blocking_rules_to_generate_predictions=rules,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
