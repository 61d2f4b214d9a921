"""Column names of two CSV exports, in the order of the files (Sales Navigator fact sheet §2, §5)."""

from __future__ import annotations

EVABOOT_HEADERS = tuple(
    """First Name|Last Name|Full Name|Linkedin URL Public|Linkedin URL Unique ID|Sales Navigator URL
Current Job|Current Jobs Number|Total Positions Count|Profile Headline|Profile Summary|Location
Email|Email Status|Phone|Years in Position|Years in Company|Has New Position|Is Open To Work
Is Open Profile|Is Premium|Connections|Matches Filters|No Match Reasons|Company Name
Company Domain|Company Website URL|Company Linkedin URL Unique ID|Company Location
Company Headquarters (Full Address)|Company Industry|Company Type|Company Employee Exact Count
Company Employee Range|Company Employee Growth 6 Months (%)|Company Employee Growth 1 Year (%)
Company Employee Growth 2 Years (%)|Company Year Founded|Company Revenue Min (Millions USD)
Company Revenue Max (Millions USD)|Company Revenue Currency|Company Funding Stage
Company Specialities|Company Description|Company Profile Picture|Department Headcounts""".replace("\n", "|").split("|")
)
APOLLO_HEADERS = tuple(
    """First Name,Last Name,Title,Company Name,Company Name for Emails,Email,Email Status
Primary Email Source,Primary Email Verification Source,Email Confidence
Primary Email Catch-all Status,Primary Email Last Verified At,Seniority,Departments
Sub Departments,Contact Owner,Work Direct Phone,Home Phone,Mobile Phone,Corporate Phone
Other Phone,Do Not Call,Stage,Lists,Last Contacted,Account Owner,# Employees,Industry,Keywords
Person Linkedin Url,Website,Company Linkedin Url,Facebook Url,Twitter Url,City,State,Country
Company Address,Company City,Company State,Company Country,Company Phone,Technologies
Annual Revenue,Total Funding,Latest Funding,Latest Funding Amount,Last Raised At,Subsidiary of
Subsidiary of (Organization ID),Email Sent,Email Open,Email Bounced,Replied,Demoed
Number of Retail Locations,Apollo Contact Id,Apollo Account Id,Secondary Email
Secondary Email Source,Secondary Email Status,Secondary Email Verification Source
Tertiary Email,Tertiary Email Source,Tertiary Email Status,Tertiary Email Verification Source
Primary Intent Topic,Primary Intent Score,Secondary Intent Topic,Secondary Intent Score
Qualify Contact""".replace("\n", ",").split(",")
)
