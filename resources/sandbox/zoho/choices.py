"""Picklists of a fresh Zoho organisation."""

from __future__ import annotations

CHOICES = {
    "source": (
        "-None-,Advertisement,Cold Call,Employee Referral,External Referral,Online Store,Partner,"
        "Public Relations,Sales Email Alias,Seminar Partner,Internal Seminar,Trade Show,Web Download,"
        "Web Research,Chat,Twitter,Facebook"
    ),
    "status": (
        "-None-,Attempted to Contact,Contact in Future,Contacted,Junk Lead,Lost Lead,Not Contacted,"
        "Pre-Qualified,Not Qualified"
    ),
    "industry": (
        "-None-,ASP (Application Service Provider),Data/Telecom OEM,ERP (Enterprise Resource Planning),"
        "Government/Military,Large Enterprise,ManagementISV,MSP (Management Service Provider),"
        "Network Equipment Provider,Non-management ISV,Optical Networking,Service Provider,"
        "Small/Medium Enterprise,Storage Equipment,Storage Service Provider,Systems Integrator,"
        "Wireless Industry"
    ),
    "rating": "-None-,Acquired,Active,Market Failed,Project Cancelled,Shut Down",
    "account": "-None-,Analyst,Competitor,Customer,Distributor,Integrator,Investor,Other,Partner,"
    "Press,Prospect,"
    "Reseller,Supplier,Vendor",
    "stage": (
        "Qualification,Needs Analysis,Value Proposition,Identify Decision Makers,Proposal/Price Quote,"
        "Negotiation/Review,Closed Won,Closed Lost,Closed Lost to Competition"
    ),
    "pipeline": "Standard (Standard)",
    "deal": "-None-,Existing Business,New Business",
    "task": "Not Started,Deferred,In Progress,Completed,Waiting for input",
    "priority": "High,Highest,Low,Lowest,Normal",
    "call": "Outbound,Inbound,Missed",
}
