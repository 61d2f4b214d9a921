"""Zoho CRM: client and writer.

Vendor pages: https://www.zoho.com/crm/developer/docs/api/v2/ (default) and …/v8/ (supported). What is relied
on is in the Zoho fact sheet; where v2 and v8 differ on the wire, `dialect` knows.

Limits: credits in a rolling 24 hours, calls at the same time, 100 records a write, 200 a read, 50 columns and
50 IN values a COQL query (Zoho fact sheet §5, §8). Oddities: OAuth errors come with HTTP 200; 204 means "no
rows"; success is told per record, never by the HTTP status; a converted lead is gone from Leads but not from
the list of converted ones; there is no idempotency key, so people are upserted on a unique field of ours.
"""
