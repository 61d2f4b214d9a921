-- One row: how many there are of what shares are taken of.
SELECT
    (SELECT count(*) FROM audit_records) AS records,
    (SELECT count(*) FROM audit_records WHERE vendor = 'zoho') AS zoho,
    (SELECT count(*) FROM audit_records WHERE vendor = 'ghl') AS ghl,
    (SELECT count(*) FROM audit_records WHERE object IN ('Leads', 'contact')) AS leads,
    (SELECT count(DISTINCT person_no) FROM audit_records) AS people,
    (SELECT count(*) FROM audit_given WHERE kind = 'email') AS emails,
    (SELECT count(*) FROM audit_given WHERE kind = 'phone') AS phones
