namespace BpfSharp.Linux.Links;

/// <summary>Which packets of an interface.</summary>
public enum TrafficDirection
{
    /// <summary>Those it receives.</summary>
    Ingress,
    /// <summary>Those it sends.</summary>
    Egress,
}
